/* The docstrings: first the signature, for help() and inspect, then what a user needs to know. */
#ifndef ITT_PYTHON_DOCS_H
#define ITT_PYTHON_DOCS_H

static const char doc_module[] =
    "Labels for profilers: the ITT API (instrumentation and tracing technology).\n"
    "\n"
    "Every call is passed to the collector that INTEL_LIBITTNOTIFY64 names (VTune's, or itt's own under\n"
    "`itt record`). Without one, the functions check their arguments and do nothing.\n";

static const char doc_bind[] = "_bind($module, path, /)\n--\n\n"
                               "Bind the collector at path, unless one is bound; whether there is one now.";

static const char doc_unbind[] = "_unbind($module, /)\n--\n\n"
                                 "Bind no collector any more.";

static const char doc_collector[] = "_collector($module, /)\n--\n\n"
                                    "The library that the labels go to, or None.";

static const char doc_pause[] =
    "pause($module, /)\n--\n\n"
    "Stop collecting data, in all processes of the collection; the program runs on.\n"
    "\n"
    "Pauses do not nest: one resume() ends any number of them. In VTune the time shows as paused,\n"
    "without samples and tasks; itt shows a slice \"paused\". Releases the GIL.\n"
    "\n"
    "ITT function: __itt_pause.\n";

static const char doc_resume[] = "resume($module, /)\n--\n\n"
                                 "Collect data again after pause(), or after a start with collection paused\n"
                                 "(`vtune -start-paused`, `itt record --start-paused`).\n"
                                 "\n"
                                 "Does nothing while data is collected. Releases the GIL.\n"
                                 "\n"
                                 "ITT function: __itt_resume.\n";

static const char doc_detach[] =
    "detach($module, /)\n--\n\n"
    "End the collection, for all its processes and for good; the program runs on.\n"
    "\n"
    "resume() does not start it again. What was collected until now stays. Releases the GIL.\n"
    "\n"
    "ITT function: __itt_detach.\n";

static const char doc_domain_create[] =
    "domain_create($module, name, /)\n--\n\n"
    "Return the domain called name, for task_begin() and the others.\n"
    "\n"
    "A domain groups the tasks of one library or program and can be switched on and off as a whole;\n"
    "a name such as \"com.example.solver\" keeps it apart from others. The same name gives the same\n"
    "domain. Domains cannot be destroyed: make them once and keep them. VTune shows the domain with\n"
    "each task (Task Domain), itt as the category of the slice. Releases the GIL.\n"
    "\n"
    "The domain is a capsule named \"itt.domain\" around an __itt_domain*, also without a collector.\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT function: __itt_domain_create.\n";

static const char doc_task_begin[] =
    "task_begin($module, domain, name, /)\n--\n\n"
    "Begin a task called name on the calling thread; it becomes the thread's current task.\n"
    "\n"
    "task_end(domain) on the same thread ends it. Tasks nest. VTune shows them on the thread's row of\n"
    "the timeline (with the option \"Analyze user tasks\", knob enable-user-tasks), itt as slices.\n"
    "Use few distinct names: a name is looked up by identity, then by value, and the first 65,536 are\n"
    "remembered; further ones are recorded too, but cost more.\n"
    "\n"
    "Raises TypeError if domain is not a domain or name not a str, ValueError if name has a NUL\n"
    "character in it; the same whether data is collected or not. A lone surrogate in name is shown\n"
    "escaped, as in \"\\\\udc80\".\n"
    "\n"
    "ITT functions: __itt_string_handle_create, __itt_task_begin.\n";

static const char doc_task_begin_fn[] =
    "task_begin_fn($module, domain, fn, /)\n--\n\n"
    "Begin a task on the calling thread that is labelled with a function.\n"
    "\n"
    "fn is a Python callable: the task is called by its qualified name (of a partial object that of the\n"
    "function inside, of an instance that of its class), and gets its \"file\" and \"line\" as metadata "
    "where\n"
    "it is written in Python. Or fn is a ctypes function or the address of a function (int): the\n"
    "collector finds its symbol. Ended by task_end(domain); the function is not called.\n"
    "\n"
    "Raises TypeError if domain is not a domain or fn none of these, ValueError for a null or negative\n"
    "address or one over 64 bits.\n"
    "\n"
    "ITT functions: __itt_task_begin, __itt_metadata_str_add, __itt_metadata_add; __itt_task_begin_fn for\n"
    "addresses.\n";

static const char doc_task_end[] =
    "task_end($module, domain, /)\n--\n\n"
    "End the calling thread's innermost open task of domain.\n"
    "\n"
    "Without an open task it does nothing; itt counts it. Raises TypeError if domain is not a domain.\n"
    "\n"
    "ITT function: __itt_task_end.\n";

static const char doc_thread_set_name[] =
    "thread_set_name($module, name, /)\n--\n\n"
    "Call the calling thread name in the timeline; the thread's name in Python stays as it is.\n"
    "\n"
    "Threads of the threading module are called by their own names without this, those at their first "
    "label.\n"
    "VTune and itt show the name at the thread's row, for its whole life.\n"
    "\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT function: __itt_thread_set_name.\n";

static const char doc_pt_region_create[] =
    "itt_pt_region_create($module, name, /)\n--\n\n"
    "Return a number, 0 to 7, for a region of code called name.\n"
    "\n"
    "For Intel Processor Trace: VTune's anomaly detection looks closely at each time a region runs. The\n"
    "collector names 7 regions and merges further ones; without a collector the number is 0. Also as\n"
    "pt_region_create. Releases the GIL.\n"
    "\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT function: __itt_pt_region_create.\n";

static const char doc_pt_region_begin[] =
    "itt_pt_region_begin($module, region, /)\n--\n\n"
    "Mark that a region begins on the calling thread. Also as pt_region_begin.\n"
    "\n"
    "itt records the mark. For VTune the mark is an instruction pattern in Intel's static part: build\n"
    "with --vtune (see docs/python.md).\n"
    "\n"
    "Raises TypeError if region is not an int, ValueError if it is not in 0..7.\n"
    "\n"
    "ITT function: __itt_mark_pt_region_begin.\n";

static const char doc_pt_region_end[] =
    "itt_pt_region_end($module, region, /)\n--\n\n"
    "Mark that a region ends on the calling thread. Also as pt_region_end.\n"
    "\n"
    "Raises TypeError if region is not an int, ValueError if it is not in 0..7.\n"
    "\n"
    "ITT function: __itt_mark_pt_region_end.\n";

#endif
