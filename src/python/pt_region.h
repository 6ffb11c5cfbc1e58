/* Regions for Intel Processor Trace. */
#ifndef ITT_PYTHON_PT_REGION_H
#define ITT_PYTHON_PT_REGION_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *pt_region_create(PyObject *module, PyObject *name);
PyObject *pt_region_begin(PyObject *module, PyObject *region);
PyObject *pt_region_end(PyObject *module, PyObject *region);

#endif
