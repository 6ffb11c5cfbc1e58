/* The collector's clock, and tasks whose times are given. */
#ifndef ITT_PYTHON_TIMED_H
#define ITT_PYTHON_TIMED_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *timed_now(PyObject *module, PyObject *unused);
PyObject *timed_submit(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);

/* The time now, as timestamp() tells it. */
unsigned long long timed_get(void);

/* Two arguments that are times, or a time and None for now. Returns 0, or -1 with an exception. */
int timed_arguments(PyObject *begin_value, PyObject *end_value, const char *function,
                    unsigned long long *begin, unsigned long long *end);

#endif
