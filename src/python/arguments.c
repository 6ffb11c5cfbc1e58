#include "arguments.h"

static int refuse_count(const struct signature *signature, Py_ssize_t count)
{
    if (signature->least == signature->most)
        PyErr_Format(PyExc_TypeError, "%s() takes %d positional argument%s (%s), not %zd",
                     signature->function, signature->most, signature->most == 1 ? "" : "s",
                     signature->positional, count);
    else
        PyErr_Format(PyExc_TypeError, "%s() takes %d to %d positional arguments (%s), not %zd",
                     signature->function, signature->least, signature->most, signature->positional, count);
    return -1;
}

int arguments_take(const struct signature *signature, PyObject *const *args, Py_ssize_t count,
                   PyObject *kwnames, PyObject **values)
{
    static const char *const none[] = {NULL};
    const char *const *known = signature->known ? signature->known : none;
    for (Py_ssize_t i = 0; kwnames && i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        int index = keyword_index(name, known);
        if (index >= 0) {
            values[index] = args[count + i];
        } else if (!signature->more) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R", signature->function,
                         name);
            return -1;
        }
    }
    return count < signature->least || count > signature->most ? refuse_count(signature, count) : 0;
}

int time_argument(PyObject *value, const char *function, const char *argument, unsigned long long *time)
{
    if (!PyIndex_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s() argument '%s' must be an int, not %.200s", function, argument,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *number = PyNumber_Index(value);
    if (!number)
        return -1;
    *time = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    if (*time != (unsigned long long)-1) /* stands for "no time" in ITT */
        return 0;
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "%s() argument '%s' must be a time as timestamp() tells it: in 0..2**64-2",
                 function, argument);
    return -1;
}

PyObject *arguments_decorate(PyObject *self, PyObject *function, const char *type)
{
    PyObject *module = PyImport_ImportModule("itt._decorate");
    PyObject *result = module ? PyObject_CallMethod(module, "decorate", "OOs", self, function, type) : NULL;
    Py_XDECREF(module);
    return result;
}

int arguments_undecorated(PyObject *value, const char *function, const char *wanted, const char *call)
{
    if (!PyFunction_Check(value))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s() argument %s, not function: to decorate one, write @itt.%s", function,
                 wanted, call);
    return -1;
}
