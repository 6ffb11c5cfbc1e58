/* What older versions of Python lack. */
#ifndef ITT_PYTHON_COMPAT_H
#define ITT_PYTHON_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *object)
{
    Py_INCREF(object);
    return object;
}
static inline PyObject *Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}
#define TYPE_IMMUTABLE 0
#define TYPE_NO_NEW    (1UL << 7) /* no flag there: module.c sees to it */
#else
#define TYPE_IMMUTABLE Py_TPFLAGS_IMMUTABLETYPE
#define TYPE_NO_NEW    Py_TPFLAGS_DISALLOW_INSTANTIATION
#endif

#if PY_VERSION_HEX < 0x030D0000 /* with the GIL they are nothing */
#define Py_BEGIN_CRITICAL_SECTION(object)                                                                    \
    {                                                                                                        \
        (void)(object);
#define Py_END_CRITICAL_SECTION() }
#endif

/* A function in a slot of a type, by way of a number, as C forbids the direct one. */
#define SLOT(function) ((void *)(uintptr_t)(function))

/* By way of a plain function pointer, as PyMethodDef wants it. */
#define FASTCALL(function) ((PyCFunction)(void (*)(void))(function))

/* The value of KEY as a new reference, or NULL without an exception. */
static inline PyObject *dict_get(PyObject *dict, PyObject *key)
{
    PyObject *value;
#if PY_VERSION_HEX >= 0x030D0000
    (void)PyDict_GetItemRef(dict, key, &value);
#else
    value = PyDict_GetItemWithError(dict, key);
    Py_XINCREF(value);
#endif
    if (!value)
        PyErr_Clear();
    return value;
}

#endif
