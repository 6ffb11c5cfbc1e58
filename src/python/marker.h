/* Markers: moments that mean something to a thread, a process or all of them. */
#ifndef ITT_PYTHON_MARKER_H
#define ITT_PYTHON_MARKER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *marker_call(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);

#endif
