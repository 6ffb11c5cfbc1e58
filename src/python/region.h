/* Regions: what happens in a program, on no thread in particular. */
#ifndef ITT_PYTHON_REGION_H
#define ITT_PYTHON_REGION_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyType_Spec region_spec;

PyObject *region_create(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *region_begin(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *region_end(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
