#include "function.h"

#include <string.h>

enum { UNWRAP_MAX = 32 };

/* Whether VALUE is an instance of a type that only an already imported module can have made. */
static int is_instance_of(PyObject *value, const char *module_name, const char *type_name)
{
    /* Interned, as Python's caches keep the names of attributes that are looked up. */
    PyObject *name = PyUnicode_InternFromString(module_name);
    PyObject *module = name ? PyImport_GetModule(name) : NULL;
    PyObject *attribute = module ? PyUnicode_InternFromString(type_name) : NULL;
    PyObject *type = attribute ? PyObject_GetAttr(module, attribute) : NULL;
    int is = type && PyType_Check(type) && PyObject_TypeCheck(value, (PyTypeObject *)type);
    Py_XDECREF(type);
    Py_XDECREF(attribute);
    Py_XDECREF(module);
    Py_XDECREF(name);
    PyErr_Clear();
    return is;
}

/* A ctypes function lends the memory that holds its address. */
static int ctypes_address(PyObject *value, void **address)
{
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) < 0)
        return -1;
    if (view.len == (Py_ssize_t)sizeof *address)
        memcpy(address, view.buf, sizeof *address);
    PyBuffer_Release(&view);
    return 0;
}

int function_argument(PyObject *value, const char *function, void **address)
{
    *address = NULL;
    if (PyFunction_Check(value))
        return 0;
    if (PyLong_Check(value) && !PyBool_Check(value)) {
        *address = (void *)PyLong_AsSize_t(value);
        PyErr_Clear();
        if (*address && *address != (void *)-1)
            return 0;
    } else if (!PyCallable_Check(value)) {
        PyErr_Format(
            PyExc_TypeError,
            "%s() argument 'fn' must be a callable, a ctypes function or an address (int), not %.200s",
            function, Py_TYPE(value)->tp_name);
        return -1;
    } else {
        if (!PyObject_CheckBuffer(value) || !is_instance_of(value, "_ctypes", "CFuncPtr"))
            return 0;
        if (ctypes_address(value, address) < 0)
            return -1;
        if (*address)
            return 0;
    }
    PyErr_Format(PyExc_ValueError, "%s() argument 'fn' must not be a null, negative or too large address",
                 function);
    return -1;
}

/* An attribute as a new reference, or NULL where there is none. Returns -1 where the program is to end. */
static int attribute_get(PyObject *object, PyObject *name, PyObject **value)
{
    *value = PyObject_GetAttr(object, name);
    if (*value)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyErr_Clear();
    return 0;
}

/* Replaces OBJECT by its attribute NAME, if that is a callable. Returns whether, or -1. */
static int attribute_follow(PyObject **object, PyObject *name)
{
    PyObject *value;
    if (attribute_get(*object, name, &value) < 0)
        return -1;
    if (!value)
        return 0;
    if (!PyCallable_Check(value)) {
        Py_DECREF(value);
        return 0;
    }
    Py_SETREF(*object, value);
    return 1;
}

/* Replaces a partial object by the callable inside. */
static int partial_unwrap(const struct state *state, PyObject **callable)
{
    int more = 1;
    for (int depth = 0; more > 0 && depth < UNWRAP_MAX; depth++)
        more =
            is_instance_of(*callable, "functools", "partial") ? attribute_follow(callable, state->func) : 0;
    return more;
}

static int name_of(const struct state *state, PyObject **callable, PyObject **name)
{
    if (attribute_get(*callable, state->qualname, name) < 0)
        return -1;
    if (!*name) {
        if (partial_unwrap(state, callable) < 0 || attribute_get(*callable, state->qualname, name) < 0)
            return -1;
    }
    if (*name && PyUnicode_Check(*name))
        return 0;
    Py_CLEAR(*name);
    if (attribute_get((PyObject *)Py_TYPE(*callable), state->qualname, name) < 0)
        return -1;
    if (*name && PyUnicode_Check(*name))
        return 0;
    Py_XSETREF(*name, PyUnicode_FromString(Py_TYPE(*callable)->tp_name));
    return *name ? 0 : -1;
}

/* Replaces a callable by the one that has its code: behind decorators, of a class its __init__, of an object its
 * __call__. */
static int code_owner(const struct state *state, PyObject **callable)
{
    /* Only what has attributes of its own can be a decorator's work: a plain function is at hand at once. */
    int more = !PyFunction_Check(*callable) || ((PyFunctionObject *)*callable)->func_dict;
    for (int depth = 0; more > 0 && depth < UNWRAP_MAX; depth++)
        more = attribute_follow(callable, state->wrapped);
    if (more < 0 || PyFunction_Check(*callable) || PyMethod_Check(*callable))
        return more;
    if (PyType_Check(*callable))
        return attribute_follow(callable, state->init);
    PyObject *type = (PyObject *)Py_TYPE(*callable);
    Py_INCREF(type);
    Py_SETREF(*callable, type);
    return attribute_follow(callable, state->call);
}

static int code_of(const struct state *state, PyObject **callable, PyCodeObject **code)
{
    if (PyCFunction_Check(*callable))
        return 0;
    PyObject *found;
    if (code_owner(state, callable) < 0 || attribute_get(*callable, state->code, &found) < 0)
        return -1;
    if (found && !PyCode_Check(found))
        Py_CLEAR(found);
    *code = (PyCodeObject *)found;
    return 0;
}

int function_describe(const struct state *state, PyObject *callable, PyObject **name, PyCodeObject **code)
{
    *name = NULL;
    *code = NULL;
    Py_INCREF(callable);
    int failed = name_of(state, &callable, name) < 0 || code_of(state, &callable, code) < 0;
    Py_DECREF(callable);
    if (failed)
        Py_CLEAR(*name);
    return failed ? -1 : 0;
}

PyObject *function_inner(const struct state *state, PyObject *callable)
{
    Py_INCREF(callable);
    if (partial_unwrap(state, &callable) < 0)
        Py_CLEAR(callable);
    return callable;
}
