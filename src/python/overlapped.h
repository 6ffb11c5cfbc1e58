/* Tasks that have an id: they may overlap, and end on another thread. Groups of them, and how they relate. */
#ifndef ITT_PYTHON_OVERLAPPED_H
#define ITT_PYTHON_OVERLAPPED_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *overlapped_begin(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *overlapped_end(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *overlapped_group(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *overlapped_relate(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);

#endif
