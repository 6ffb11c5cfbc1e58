/* Events of ITT: named moments and spans that belong to no domain. */
#ifndef ITT_PYTHON_EVENT_H
#define ITT_PYTHON_EVENT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyType_Spec event_spec;

PyObject *event_get(PyObject *module, PyObject *name);

#endif
