/* Control of the whole collection. */
#ifndef ITT_PYTHON_CONTROL_H
#define ITT_PYTHON_CONTROL_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *control_pause(PyObject *module, PyObject *unused);
PyObject *control_resume(PyObject *module, PyObject *unused);
PyObject *control_detach(PyObject *module, PyObject *unused);

#endif
