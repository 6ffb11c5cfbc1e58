/* Control of the whole collection. */
#ifndef ITT_PYTHON_CONTROL_H
#define ITT_PYTHON_CONTROL_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyType_Spec control_spec;

PyObject *control_pause(PyObject *module, PyObject *unused);
PyObject *control_resume(PyObject *module, PyObject *unused);
PyObject *control_detach(PyObject *module, PyObject *unused);
PyObject *control_active(PyObject *module, PyObject *unused);
PyObject *control_paused(PyObject *module, PyObject *unused);
PyObject *control_resumed(PyObject *module, PyObject *unused);

/* Another recording begins, paused or not. */
void control_begin(void);

/* In a forked child: what other threads were at is not going on here. */
void control_forget(void);

#endif
