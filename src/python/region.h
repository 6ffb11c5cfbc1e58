/* Regions for Intel Processor Trace. */
#ifndef ITT_PYTHON_REGION_H
#define ITT_PYTHON_REGION_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *region_create(PyObject *module, PyObject *name);
PyObject *region_begin(PyObject *module, PyObject *region);
PyObject *region_end(PyObject *module, PyObject *region);

#endif
