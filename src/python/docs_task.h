/* The docstrings of itt.task and its types. */
#ifndef ITT_PYTHON_DOCS_TASK_H
#define ITT_PYTHON_DOCS_TASK_H

static const char doc_task_make[] __attribute__((unused)) =
    "task($module, name=None, /, *, domain=None, parent=None, metadata=None, **keywords)\n--\n\n"
    "Label a function or a block as a task: a decorator and a context manager.\n"
    "\n"
    "    @itt.task                                  with itt.task(\"load\", file=path):\n"
    "    def solve(system): ...                         ...\n"
    "\n"
    "Decorates functions, methods, static and class methods, properties, coroutine functions, generators\n"
    "and async generators, whose name, docs and signature stay. A coroutine's task lasts from its\n"
    "first step to its end, a generator's until it is exhausted or closed.\n"
    "\n"
    "name is a str; without one the task is called by the qualified name of the function, and a block by\n"
    "its function and line (\"load:42\"). domain is a Domain, a capsule of domain_create(), or a name;\n"
    "without one it is the top-level package of the function's module or of the code that enters the\n"
    "block, in a script the script's name. parent is an Id or a Task that was entered. metadata, a\n"
    "mapping, and all other keywords go with each task as its metadata; see itt.metadata().\n"
    "\n"
    "What a coroutine, generator or async generator enters becomes an overlapped task with an id of its\n"
    "own, as others may run before it ends. Everything else is on the stack of its thread, and ends in the\n"
    "thread where it began. One object may be entered many times at once. A task that an exception\n"
    "ends has \"error\" (the exception's type) as metadata, a cancelled one \"cancelled\". Exceptions pass\n"
    "unchanged.\n"
    "\n"
    "Raises TypeError or ValueError with the argument's name, whether data is collected or not: for a\n"
    "name, domain, parent or metadata of the wrong type, a class to decorate, a NUL character in a name,\n"
    "a parent of another domain. VTune shows tasks on the thread's row, itt as slices, overlapped ones on\n"
    "tracks of their own.\n"
    "\n"
    "ITT functions: __itt_task_begin, __itt_task_end, __itt_task_begin_overlapped,\n"
    "__itt_task_end_overlapped, __itt_metadata_add, __itt_metadata_str_add.\n";

static const char doc_task_type[] __attribute__((unused)) =
    "A label, made by itt.task(): a context manager, also for `async with`, and a decorator.";

static const char doc_task_function[] __attribute__((unused)) =
    "A function that itt.task() labelled; the function itself is its __wrapped__.";

static const char doc_task_enter[] __attribute__((unused)) =
    "__enter__($self, /)\n--\n\nBegin a task; return the Task.";
static const char doc_task_exit[] __attribute__((unused)) =
    "__exit__($self, type, value, traceback, /)\n--\n\nEnd the task that the calling code began.";
static const char doc_task_aenter[] __attribute__((unused)) =
    "__aenter__($self, /)\n--\n\nBegin a task at once; await the result for the Task.";
static const char doc_task_aexit[] __attribute__((unused)) =
    "__aexit__($self, type, value, traceback, /)\n--\n\nEnd the task that the calling code began, at once.";
static const char doc_task_id[] __attribute__((unused)) =
    "The Id of the overlapped task that the calling code began with this object. None where it has begun\n"
    "none, or one on the stack of its thread, or nobody listens.";

#endif
