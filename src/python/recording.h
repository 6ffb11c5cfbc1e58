/* What itt.record needs of the static part: to be bound again, and unbound. */
#ifndef ITT_PYTHON_RECORDING_H
#define ITT_PYTHON_RECORDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *recording_bind(PyObject *module, PyObject *path);
PyObject *recording_unbind(PyObject *module, PyObject *unused);
PyObject *recording_collector(PyObject *module, PyObject *unused);

#endif
