/* The docstrings of the types. */
#ifndef ITT_PYTHON_DOCS_TYPES_H
#define ITT_PYTHON_DOCS_TYPES_H

#define DOC __attribute__((unused)) static const char

DOC doc_domain[] =
    "Domain(name)\n--\n\n"
    "The domain called name: a group of labels that can be switched on and off as a whole.\n"
    "\n"
    "Good wherever what domain_create() returns is. The same name is the same domain, in the whole\n"
    "process; Domains of one name are equal. Domains cannot be destroyed: make them once and keep them.\n"
    "VTune shows the domain with each task (Task Domain), itt as the category of the slice.\n"
    "\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT function: __itt_domain_create.\n";

DOC doc_domain_name[] = "The name that it was made with.";

DOC doc_domain_enabled[] =
    "Whether its labels are passed on; set it to switch them off and on again.\n"
    "\n"
    "False also without a collector. A recording that begins switches all domains on. A task that is open\n"
    "while its domain is switched off stays open. Raises TypeError if set to anything but a bool.";

DOC doc_id[] =
    "Id(domain=None)\n--\n\n"
    "An id that is like no other, for overlapped tasks, regions, frames, parents and relations.\n"
    "\n"
    "It is unique among all threads, interpreters and processes, forked ones too. With a domain it is\n"
    "good for labels of that domain only, and the collector is told when it is made and when it goes;\n"
    "without, for all. Ids compare by their values and can be sent to other processes (pickle).\n"
    "\n"
    "Raises TypeError if domain is not a domain.\n"
    "\n"
    "ITT functions: __itt_id_create, __itt_id_destroy.\n";

DOC doc_id_value[] = "One of the three numbers that it consists of, each of 64 bits.";

DOC doc_id_from_values[] =
    "from_values($type, /, d1, d2=0, d3=0)\n--\n\n"
    "Return the Id of three numbers, good for all domains: one that another program or process made.\n"
    "\n"
    "Raises TypeError if one is not an int, ValueError if it is not in 0..2**64-1 or all are 0, which\n"
    "stands for no id.\n";

DOC doc_enter[] = "__enter__($self, /)\n--\n\n"
                  "Begin.\n";

DOC doc_exit[] = "__exit__($self, /, *args)\n--\n\n"
                 "End; exceptions pass through.\n";

DOC doc_region_type[] = "A context manager and decorator, made by region().\n";

DOC doc_frame_type[] = "A context manager and decorator, made by frame().\n";

DOC doc_control_type[] = "A context manager, made by paused() or resumed().\n";

DOC doc_event_type[] =
    "Event(name, /)\n--\n\n"
    "An event called name: a context manager and decorator, with begin() and end().\n"
    "\n"
    "Events belong to no domain. A begin alone is a moment on the thread; with an end on the same thread, a\n"
    "slice. VTune shows it as a user event, itt on the thread or a track of the process, below Events.\n"
    "\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT functions: __itt_event_create, __itt_event_start, __itt_event_end.\n";

DOC doc_event_begin[] = "begin($self, /)\n--\n\n"
                        "The event happens, or begins, on the calling thread.\n"
                        "\n"
                        "ITT function: __itt_event_start.\n";

DOC doc_event_end[] = "end($self, /)\n--\n\n"
                      "The event that began on the calling thread ends; without a begin nothing happens.\n"
                      "\n"
                      "ITT function: __itt_event_end.\n";

DOC doc_counter[] =
    "Counter(name, /, *, domain=None, type=None, unit=None)\n--\n\n"
    "A value over time, called name.\n"
    "\n"
    "type is int (the default, \"s64\"), float (\"double\"), or one of \"u64\", \"s64\", \"u32\", \"s32\", "
    "\"u16\",\n"
    "\"s16\", \"float\", \"double\". unit is a text such as \"bytes\" that is shown with the values. domain "
    "is a\n"
    "domain, the name of one, or None for the caller's top-level package. Counters of one name, domain and "
    "type\n"
    "are one counter, in the whole process. VTune and itt show it as a graph of its own.\n"
    "\n"
    "Raises TypeError if name or unit is not a str, or type or domain is wrong, ValueError for a NUL\n"
    "character or another type.\n"
    "\n"
    "ITT functions: __itt_counter_create_v3, __itt_bind_context_metadata_to_counter.\n";

DOC doc_counter_set[] = "set($self, value, /)\n--\n\n"
                        "Set the value.\n"
                        "\n"
                        "Raises TypeError if value is not an int (for float types: not a number), ValueError "
                        "if it is out of the\n"
                        "type's range, on or off.\n"
                        "\n"
                        "ITT function: __itt_counter_set_value_v3.\n";

DOC doc_counter_inc[] =
    "inc($self, /, delta=1)\n--\n\n"
    "Add delta to the value, which begins at 0.\n"
    "\n"
    "A counter whose value leaves its type's range wraps around or stops: that is the collector's. What is\n"
    "added while nobody listens is not counted.\n"
    "\n"
    "Raises TypeError if delta is not an int (for float types: not a number), ValueError if it is beyond 64 "
    "bits.\n"
    "\n"
    "ITT function: __itt_counter_inc_delta; __itt_counter_set_value_v3 for float types.\n";

DOC doc_counter_dec[] =
    "dec($self, /, delta=1)\n--\n\n"
    "Subtract delta from the value; otherwise as inc().\n"
    "\n"
    "ITT function: __itt_counter_dec_delta; __itt_counter_set_value_v3 for float types.\n";

#endif
