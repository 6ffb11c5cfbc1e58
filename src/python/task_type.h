/* The type itt.Task: a label as a context manager and a decorator. */
#ifndef ITT_PYTHON_TASK_TYPE_H
#define ITT_PYTHON_TASK_TYPE_H

#include "label.h"

extern PyType_Spec task_spec;
void task_dealloc(PyObject *self);

static inline int task_check(PyObject *value)
{
    return Py_TYPE(value)->tp_dealloc == task_dealloc;
}

/* itt.task() */
PyObject *task_make(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);

/* A new Task with a label like this. NULL with an exception. */
PyObject *task_object(struct state *state, const struct label *label);

/* The id of what FRAME entered through the Task, or else of what was entered last; __itt_null where it has none. */
__itt_id task_entered(struct state *state, PyObject *task, const void *frame);

#endif
