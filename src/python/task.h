/* Tasks on the calling thread. */
#ifndef ITT_PYTHON_TASK_H
#define ITT_PYTHON_TASK_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *task_begin(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *task_begin_fn(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *task_end(PyObject *module, PyObject *domain);

#endif
