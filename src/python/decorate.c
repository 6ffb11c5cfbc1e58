#include "decorate.h"

#include "compat.h"
#include "function.h"
#include "names.h"
#include "task_function.h"
#include "task_type.h"

enum { LATER = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE };

/* ---- The label of a function ---- */

static int name_take(struct state *state, struct label *label, PyObject *target)
{
    PyCodeObject *code = NULL;
    if (!label->name) {
        if (function_describe(state, target, &label->name, &code) < 0)
            return -1;
        Py_XDECREF(code);
    }
    __itt_string_handle *handle;
    if (names_get(state->names, label->name, "task", &handle) == 0)
        return 0;
    PyErr_Clear(); /* somebody gave it a name with a NUL: its type has none */
    Py_XSETREF(label->name, PyUnicode_FromString(Py_TYPE(target)->tp_name));
    return label->name ? 0 : -1;
}

/* Of a partial object the function inside tells the module; its own is functools. */
static int domain_take(struct state *state, struct label *label, PyObject *target)
{
    if (label->domain)
        return 0;
    PyObject *inner = function_inner(state, target);
    PyObject *module = inner ? PyObject_GetAttr(inner, state->module) : NULL;
    Py_XDECREF(inner);
    if (!module && !PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyErr_Clear();
    label->domain =
        module && PyUnicode_Check(module) ? domain_of_module(state, module) : domain_of_caller(state);
    Py_XDECREF(module);
    return label->domain ? 0 : -1;
}

/* ---- Kinds ---- */

/* A staticmethod or classmethod, with the function inside labelled. */
static PyObject *method_decorate(struct state *state, const struct label *label, PyObject *target)
{
    PyObject *function = PyObject_GetAttrString(target, "__func__");
    PyObject *inner = function ? decorate(state, label, function) : NULL;
    PyObject *result = inner ? PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(target), inner, NULL) : NULL;
    Py_XDECREF(inner);
    Py_XDECREF(function);
    return result;
}

/* A property, with those of its functions labelled that it has. */
static PyObject *property_decorate(struct state *state, const struct label *label, PyObject *target)
{
    static const char *const parts[][2] = {{"fget", "getter"}, {"fset", "setter"}, {"fdel", "deleter"}};
    Py_INCREF(target);
    for (size_t i = 0; target && i < sizeof parts / sizeof *parts; i++) {
        PyObject *function = PyObject_GetAttrString(target, parts[i][0]);
        if (function == Py_None) {
            Py_DECREF(function);
            continue;
        }
        PyObject *inner = function ? decorate(state, label, function) : NULL;
        Py_XSETREF(target, inner ? PyObject_CallMethod(target, parts[i][1], "O", inner) : NULL);
        Py_XDECREF(inner);
        Py_XDECREF(function);
    }
    return target;
}

/* The flags that say that a callable's work is done after the call, or -1 with an exception. */
static int later_flags(PyObject *target)
{
    if (PyFunction_Check(target)) {
        int flags = ((PyCodeObject *)PyFunction_GET_CODE(target))->co_flags & LATER;
        if (flags || !((PyFunctionObject *)target)->func_dict)
            return flags;
    } else if (PyCFunction_Check(target)) {
        return 0;
    }
    PyObject *module = PyImport_ImportModule("itt._wrap");
    PyObject *flags = module ? PyObject_CallMethod(module, "flags_of", "O", target) : NULL;
    int result = flags ? (int)PyLong_AsLong(flags) & LATER : -1;
    Py_XDECREF(flags);
    Py_XDECREF(module);
    return result;
}

/* A function of the same kind that does the work within a Task. */
static PyObject *later_decorate(struct state *state, const struct label *label, PyObject *target, int flags)
{
    PyObject *module = PyImport_ImportModule("itt._wrap");
    PyObject *task = module ? task_object(state, label) : NULL;
    PyObject *result = task ? PyObject_CallMethod(module, "wrap", "OOi", target, task, flags) : NULL;
    Py_XDECREF(task);
    Py_XDECREF(module);
    return result;
}

static PyObject *refuse(PyObject *target)
{
    if (PyType_Check(target))
        PyErr_Format(PyExc_TypeError, "task() cannot decorate a class (%.200s): decorate its methods",
                     ((PyTypeObject *)target)->tp_name);
    else
        PyErr_Format(PyExc_TypeError,
                     "task() argument 'name' must be a str or what it is to decorate, a function, not %.200s",
                     Py_TYPE(target)->tp_name);
    return NULL;
}

/* What has functions inside, and may have more of its kind in it. */
static PyObject *outer_decorate(struct state *state, const struct label *label, PyObject *target,
                                int is_property)
{
    if (Py_EnterRecursiveCall(" while decorating"))
        return NULL;
    PyObject *result =
        is_property ? property_decorate(state, label, target) : method_decorate(state, label, target);
    Py_LeaveRecursiveCall();
    return result;
}

PyObject *decorate(struct state *state, const struct label *label, PyObject *target)
{
    int is_property = PyObject_TypeCheck(target, &PyProperty_Type);
    if (is_property || PyObject_TypeCheck(target, &PyStaticMethod_Type) ||
        PyObject_TypeCheck(target, &PyClassMethod_Type))
        return outer_decorate(state, label, target, is_property);
    if (!PyCallable_Check(target) || PyType_Check(target))
        return refuse(target);
    int flags = later_flags(target);
    if (flags < 0)
        return NULL;
    struct label own;
    PyObject *result = NULL;
    if (label_copy(&own, label) == 0 && name_take(state, &own, target) == 0 &&
        domain_take(state, &own, target) == 0)
        result = flags ? later_decorate(state, &own, target, flags) : task_function(state, &own, target);
    label_clear(&own);
    return result;
}
