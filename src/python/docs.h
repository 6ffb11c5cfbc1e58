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
    "task_begin($module, domain, name, /, *, id=None, parent=None)\n--\n\n"
    "Begin a task called name on the calling thread; it becomes the thread's current task.\n"
    "\n"
    "task_end(domain) on the same thread ends it. Tasks nest. VTune shows them on the thread's row of\n"
    "the timeline (with the option \"Analyze user tasks\", knob enable-user-tasks), itt as slices.\n"
    "Use few distinct names: a name is looked up by identity, then by value, and the first 65,536 are\n"
    "remembered; further ones are recorded too, but cost more.\n"
    "\n"
    "id is an Id by which others can name the task; parent is the Id of another task, perhaps of another\n"
    "thread or process: itt shows an arrow from it.\n"
    "\n"
    "Raises TypeError if domain is not a domain, name not a str, or id or parent not an Id, ValueError if\n"
    "name has a NUL character in it or an Id belongs to another domain; the same whether data is\n"
    "collected or not. A lone surrogate in name is shown escaped, as in \"\\udc80\".\n"
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

static const char doc_active[] =
    "active($module, /)\n--\n\n"
    "Return whether labels are collected now, as far as this process can know.\n"
    "\n"
    "True where a collector is loaded and this process has not called pause() or detach() last; what\n"
    "other processes called, or a start with collection paused, it does not tell. For labels that are\n"
    "costly to make: `if itt.active(): itt.metadata(state=describe())`. Metadata as such is not converted\n"
    "when off.\n"
    "\n"
    "ITT function: __itt_get_timestamp, which has the collector loaded.\n";

static const char doc_paused[] =
    "paused($module, /)\n--\n\n"
    "Return a context manager that stops collecting data, in all processes, and goes on at its end.\n"
    "\n"
    "These contexts nest, also with resumed() and over threads: of those that somebody is in, the one\n"
    "entered last counts, and behind the last one it is as it was before the first. Where pause() and\n"
    "resume() were never called, that is: collecting before paused(), paused before resumed(). What a\n"
    "program calls inside holds until the next context begins or ends. Releases the GIL.\n"
    "\n"
    "ITT functions: __itt_pause, __itt_resume.\n";

static const char doc_resumed[] =
    "resumed($module, /)\n--\n\n"
    "Return a context manager that collects data, and stops again at its end.\n"
    "\n"
    "For a part of a program that was started with collection paused (`itt record --start-paused`). It\n"
    "nests, see paused(). Releases the GIL.\n"
    "\n"
    "ITT functions: __itt_resume, __itt_pause.\n";

static const char doc_overlapped_begin[] =
    "task_begin_overlapped($module, domain, name, id, /, *, parent=None)\n--\n\n"
    "Begin a task called name that may overlap others, and may end on any thread.\n"
    "\n"
    "task_end_overlapped(domain, id) ends it. VTune shows it on the thread that began it, itt on a track\n"
    "of the process, below Tasks. A task that is begun again with an id of an open one is another task\n"
    "with the same id. It is not the thread's current task: metadata goes there by id.\n"
    "\n"
    "Raises TypeError if domain is not a domain, name not a str, or id or parent not an Id, ValueError if\n"
    "name has a NUL character in it or an Id belongs to another domain.\n"
    "\n"
    "ITT functions: __itt_string_handle_create, __itt_task_begin_overlapped.\n";

static const char doc_overlapped_end[] =
    "task_end_overlapped($module, domain, id, /)\n--\n\n"
    "End the overlapped task that was begun with id, on whatever thread.\n"
    "\n"
    "Without one it does nothing; itt counts it. Raises TypeError if domain is not a domain or id not an\n"
    "Id, ValueError if the Id belongs to another domain.\n"
    "\n"
    "ITT function: __itt_task_end_overlapped.\n";

static const char doc_overlapped_group[] =
    "task_group($module, domain, name, id, /, parent=None)\n--\n\n"
    "Tell of a group of tasks called name, which is the parent of those that are begun with parent=id.\n"
    "\n"
    "VTune shows the group with the tasks, itt as an instant on the thread, with arrows to the tasks.\n"
    "\n"
    "Raises TypeError if domain is not a domain, name not a str, or id or parent not an Id, ValueError if\n"
    "name has a NUL character in it or an Id belongs to another domain.\n"
    "\n"
    "ITT functions: __itt_string_handle_create, __itt_task_group.\n";

static const char doc_task_submit[] =
    "task_submit($module, domain, name, begin, end=None, /, *, id=None, parent=None, metadata=None, "
    "**kwargs)\n--\n\n"
    "Tell of a task that ran from begin to end, times as timestamp() gives them; end=None is now.\n"
    "\n"
    "For what was measured elsewhere, as on a device. itt shows it on a track of the process, below\n"
    "Tasks, with the metadata: that of the mapping and of the other keywords. It is known when the call\n"
    "is made: a collector that takes no given times (some versions of VTune) shows nothing.\n"
    "\n"
    "Raises TypeError if an argument is of a wrong type, ValueError if a time is not in 0..2**64-2, end\n"
    "is before begin, name or a key has a NUL character in it, or an Id belongs to another domain. Values\n"
    "of metadata never raise.\n"
    "\n"
    "ITT functions: __itt_task_begin_ex, __itt_metadata_add, __itt_metadata_str_add, __itt_task_end_ex.\n";

static const char doc_relation[] =
    "relation($module, head, relation, tail, /, *, domain=None)\n--\n\n"
    "Tell how two tasks relate: head is ... of tail.\n"
    "\n"
    "head and tail are Ids; head=None is the current task, as for metadata(). relation is \"dependent_on\",\n"
    "\"sibling_of\", \"parent_of\", \"continuation_of\", \"child_of\", \"continued_by\" or "
    "\"predecessor_to\". domain\n"
    "is a domain, the name of one, or None for the caller's top-level package. itt shows an instant on\n"
    "the thread, with arrows to both; VTune keeps the relation.\n"
    "\n"
    "Raises TypeError if an argument is of a wrong type, ValueError for another relation, or an Id of\n"
    "another domain.\n"
    "\n"
    "ITT functions: __itt_relation_add, __itt_relation_add_to_current.\n";

static const char doc_metadata[] =
    "metadata($module, mapping=None, /, *, domain=None, id=None, **kwargs)\n--\n\n"
    "Attach values to the current task, or to the task, region or frame that was begun with id.\n"
    "\n"
    "The current task is what the calling coroutine or generator has entered last, or else the thread's.\n"
    "\n"
    "The pairs are those of the mapping, for keys that clash, and the other keywords. Values of any type\n"
    "are taken and never raise: int, float and bool as numbers, str and bytes as text, what has the\n"
    "buffer protocol (array, numpy) as an array of its numbers, anything else by its str(), shortened to\n"
    "200 characters. An int beyond 64 bits is written out; where str() fails, the text says \"<unprintable\n"
    "TYPE>\". Nothing is converted unless somebody listens. VTune and itt show the pairs with the task,\n"
    "itt as arguments of the slice. domain is a domain, the name of one, or None for the caller's top-\n"
    "level package.\n"
    "\n"
    "Raises TypeError if mapping is no mapping, has keys that are not str, domain is not a domain or id\n"
    "not an Id, ValueError if a key has a NUL character in it or the Id belongs to another domain.\n"
    "\n"
    "ITT functions: __itt_metadata_add, __itt_metadata_str_add.\n";

static const char doc_marker[] =
    "marker($module, name, /, *, scope=\"task\", domain=None, id=None, metadata=None, **kwargs)\n--\n\n"
    "Mark this moment with name, for a scope: \"task\", \"thread\", \"process\" or \"global\" (all "
    "processes).\n"
    "\n"
    "VTune and itt show it in the timeline: on the thread for task and thread, on the process's track\n"
    "Markers for process, on the recording's for global. Metadata, that of the mapping and of the other\n"
    "keywords, goes with the marker. domain is a domain, the name of one, or None for the caller's top-\n"
    "level package.\n"
    "\n"
    "Raises TypeError if an argument is of a wrong type, ValueError for another scope, a name or key with\n"
    "a NUL character in it, or an Id of another domain. Values of metadata never raise.\n"
    "\n"
    "ITT functions: __itt_string_handle_create, __itt_marker, __itt_metadata_add, __itt_metadata_str_add.\n";

static const char doc_event[] =
    "event($module, name, /)\n--\n\n"
    "Return the Event called name; the same name gives the same Event.\n"
    "\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT function: __itt_event_create, when it first begins.\n";

static const char doc_region[] =
    "region($module, name, /, *, domain=None, parent=None, metadata=None, **kwargs)\n--\n\n"
    "Return a Region called name: a context manager and decorator for what happens on no thread in\n"
    "particular.\n"
    "\n"
    "Each time it is entered is a region with an Id of its own, so that regions overlap, in any number of\n"
    "threads and coroutines, also through one object. itt shows them on tracks of the process, below\n"
    "Regions. As a decorator it lasts as long as the function; what is awaited or iterated, until that\n"
    "ends. parent is the Id of a region or task. Metadata, that of the mapping and of the other keywords,\n"
    "goes with every entry. domain is a domain, the name of one, or None for the caller's top-level\n"
    "package.\n"
    "\n"
    "Raises TypeError if an argument is of a wrong type, ValueError if name or a key has a NUL character\n"
    "in it or an Id belongs to another domain. Values of metadata never raise.\n"
    "\n"
    "ITT functions: __itt_region_begin, __itt_region_end, __itt_metadata_add, __itt_metadata_str_add.\n";

static const char doc_region_begin[] =
    "region_begin($module, domain, name, id, /, *, parent=None)\n--\n\n"
    "Begin a region called name: something that happens on no thread in particular.\n"
    "\n"
    "region_end(domain, id) ends it, on any thread. itt shows it on a track of the process, below\n"
    "Regions.\n"
    "\n"
    "Raises TypeError if domain is not a domain, name not a str, or id or parent not an Id, ValueError if\n"
    "name has a NUL character in it or an Id belongs to another domain.\n"
    "\n"
    "ITT functions: __itt_string_handle_create, __itt_region_begin.\n";

static const char doc_region_end[] =
    "region_end($module, domain, id, /)\n--\n\n"
    "End the region that was begun with id, on whatever thread.\n"
    "\n"
    "Without one it does nothing; itt counts it. Raises TypeError if domain is not a domain or id not an\n"
    "Id, ValueError if the Id belongs to another domain.\n"
    "\n"
    "ITT function: __itt_region_end.\n";

static const char doc_frame[] =
    "frame($module, domain=None, *, id=None)\n--\n\n"
    "Return a Frame of a domain: a context manager and decorator for what repeats, as pictures or steps.\n"
    "\n"
    "Each entry is a frame with an Id of its own, so that frames of several threads do not end each\n"
    "other; with id= all have that one, and of those that overlap only the first is recorded. VTune\n"
    "counts frames, by domain, and shows their rate; itt shows them on a track of the process, below\n"
    "Frames. As a decorator it lasts as long as the function; what is awaited or iterated, until that\n"
    "ends. domain is a domain, the name of one, or None for the caller's top-level package.\n"
    "\n"
    "Raises TypeError if domain is not a domain or id not an Id, ValueError if the Id belongs to another\n"
    "domain.\n"
    "\n"
    "ITT functions: __itt_frame_begin_v3, __itt_frame_end_v3.\n";

static const char doc_frame_begin[] =
    "frame_begin($module, domain, id=None, /)\n--\n\n"
    "Begin a frame of the domain; frame_end() with the same id, or without, ends it.\n"
    "\n"
    "Frames do not nest: one that is begun again before its end goes on, and the second begin is ignored.\n"
    "VTune counts frames by domain and shows their rate, itt shows slices on a track of the process,\n"
    "below Frames.\n"
    "\n"
    "Raises TypeError if domain is not a domain or id not an Id, ValueError if the Id belongs to another\n"
    "domain.\n"
    "\n"
    "ITT function: __itt_frame_begin_v3.\n";

static const char doc_frame_end[] =
    "frame_end($module, domain, id=None, /)\n--\n\n"
    "End the frame of the domain that was begun with id, or without.\n"
    "\n"
    "Without one, as when it is ended twice, nothing happens. Raises TypeError if domain is not a domain\n"
    "or id not an Id, ValueError if the Id belongs to another domain.\n"
    "\n"
    "ITT function: __itt_frame_end_v3.\n";

static const char doc_frame_submit[] =
    "frame_submit($module, domain, begin, end=None, /, *, id=None)\n--\n\n"
    "Tell of a frame that went from begin to end, times as timestamp() gives them; end=None is now.\n"
    "\n"
    "Raises TypeError if domain is not a domain, a time not an int, or id not an Id, ValueError if a time\n"
    "is not in 0..2**64-2, end is before begin, or the Id belongs to another domain.\n"
    "\n"
    "ITT function: __itt_frame_submit_v3.\n";

static const char doc_timestamp[] =
    "timestamp($module, /)\n--\n\n"
    "Return the collector's time now, for task_submit() and frame_submit().\n"
    "\n"
    "With itt's collector, and without any, in nanoseconds of the system's monotonic clock, as\n"
    "time.monotonic_ns(). Other collectors may count in their own unit, as the processor's ticks.\n"
    "\n"
    "ITT function: __itt_get_timestamp.\n";

static const char doc_thread_set_name[] =
    "thread_set_name($module, name, /)\n--\n\n"
    "Call the calling thread name in the timeline; the thread's name in Python stays as it is.\n"
    "\n"
    "Threads of the threading module are called by their own names without this, those at their first\n"
    "label. VTune and itt show the name at the thread's row, for its whole life.\n"
    "\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT function: __itt_thread_set_name.\n";

static const char doc_pt_region_create[] =
    "itt_pt_region_create($module, name, /)\n--\n\n"
    "Return a number, 0 to 7, for a region of code called name.\n"
    "\n"
    "For Intel Processor Trace: VTune's anomaly detection looks closely at each time a region runs. The\n"
    "first 7 names have numbers of their own, further ones share the last. Also as pt_region_create.\n"
    "Releases the GIL.\n"
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
