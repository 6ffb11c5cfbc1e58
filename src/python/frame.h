/* Frames: what repeats in a program, such as the pictures of a game or the steps of a simulation. */
#ifndef ITT_PYTHON_FRAME_H
#define ITT_PYTHON_FRAME_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyType_Spec frame_spec;

PyObject *frame_create(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *frame_begin(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *frame_end(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *frame_submit(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);

#endif
