/* What one import of the module owns: each interpreter has its own. */
#ifndef ITT_PYTHON_STATE_H
#define ITT_PYTHON_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdatomic.h>

struct names;
struct blocks;
struct script;

struct state {
    struct names *names;    /* string handles */
    struct names *domains;  /* domains by their names, */
    struct names *packages; /* by the modules whose code labels, */
    struct names *scripts;  /* and by the files that are run as a program */
    struct blocks *blocks;  /* that were entered and not left yet */
    PyObject *domain_type;
    PyObject *id_type;
    PyObject *region_type;
    PyObject *frame_type;
    PyObject *counter_type;
    PyObject *event_type;
    PyObject *control_type;
    PyObject *events; /* Events by their names */
    PyObject *task_type;
    PyObject *task_function_type;
    PyObject *task_callable_type;
    PyObject *ready_type;
    PyObject *ready;    /* with None */
    PyObject *qualname; /* the attributes that describe a callable, */
    PyObject *wrapped;
    PyObject *code;
    PyObject *call;
    PyObject *init;
    PyObject *func;
    PyObject *file; /* and the keys that a task gets for it */
    PyObject *line;
    PyObject *dunder_name; /* what tells a module's domain */
    PyObject *dunder_file;
    PyObject *spec;
    PyObject *main;
    _Atomic(struct script *) script; /* what was found for __main__ last */
    PyObject *threading;             /* what tells a thread's name */
    PyObject *active;
    PyObject *name;
    PyObject *module; /* what functools.wraps copies besides */
    PyObject *doc;
    PyObject *dict;
    PyObject *contextlib; /* what tells an exit stack */
    PyObject *exit;
    PyObject *aexit;
    PyObject *enter_context;
    PyObject *enter_async_context;
    PyObject *error; /* the keys of a task that an exception ends */
    PyObject *cancelled;
};

/* The state behind an object of one of the module's types, whose module may be on its way out: then NULL. */
static inline struct state *state_of_object(PyObject *self)
{
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    if (!state)
        PyErr_Clear();
    return state;
}

/* NULL with an exception for a module that was made, but never executed. */
static inline struct state *state_of(PyObject *module)
{
    struct state *state = PyModule_GetState(module);
    if (!state && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "itt._itt was not initialised");
    return state;
}

#endif
