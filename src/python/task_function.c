#include "task_function.h"

#include "compat.h"
#include "docs_task.h"

#include <structmember.h>

struct task_function {
    PyObject_HEAD vectorcallfunc call;
    PyObject *function;
    struct label label;
    PyObject *dict;
    PyObject *weak;
};

/* ---- The call ---- */

static inline PyObject *pass_on(PyObject *function, PyObject *const *args, size_t count, PyObject *kwnames)
{
    if (PyFunction_Check(function))
        return ((PyFunctionObject *)function)->vectorcall(function, args, count, kwnames);
    if (Py_EnterRecursiveCall(" in a labelled function"))
        return NULL;
    PyObject *result = PyObject_Vectorcall(function, args, count, kwnames);
    Py_LeaveRecursiveCall();
    return result;
}

/* Ends a task by the exception that is set. */
static void fail(struct state *state, const struct begun *begun)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    label_mark(state, begun, type);
    label_end(begun);
    PyErr_Restore(type, value, traceback);
}

static PyObject *call_labelled(struct task_function *self, PyObject *const *args, size_t count,
                               PyObject *kwnames)
{
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    struct caller caller;
    struct begun begun = {NULL, {0, 0, 0}};
    if (!state) {
        PyErr_Clear(); /* the interpreter ends */
    } else {
        caller_look(state, &caller);
        if (label_begin(state, &self->label, &caller, &begun) < 0)
            return NULL;
    }
    PyObject *result = pass_on(self->function, args, count, kwnames);
    if (!begun.domain)
        return result;
    if (result)
        label_end(&begun);
    else
        fail(state, &begun);
    return result;
}

static PyObject *task_function_call(PyObject *self, PyObject *const *args, size_t count, PyObject *kwnames)
{
    struct task_function *function = (struct task_function *)self;
    if (!label_is_on(&function->label))
        return pass_on(function->function, args, count, kwnames);
    return call_labelled(function, args, count, kwnames);
}

/* ---- Standing for the function ---- */

static PyObject *task_function_bind(PyObject *self, PyObject *instance, PyObject *owner)
{
    (void)owner;
    if (!instance || instance == Py_None)
        return Py_NewRef(self);
    return PyMethod_New(self, instance);
}

/* As the callable itself binds, which may be not at all. */
static PyObject *task_callable_bind(PyObject *self, PyObject *instance, PyObject *owner)
{
    struct task_function *outer = (struct task_function *)self;
    descrgetfunc bind = Py_TYPE(outer->function)->tp_descr_get;
    if (!bind)
        return Py_NewRef(self);
    PyObject *bound = bind(outer->function, instance, owner);
    PyObject *result = NULL;
    struct state *state = bound ? PyType_GetModuleState(Py_TYPE(self)) : NULL;
    if (bound == outer->function)
        result = Py_NewRef(self);
    else if (bound && PyMethod_Check(bound) && PyMethod_GET_FUNCTION(bound) == outer->function)
        result = PyMethod_New(self, PyMethod_GET_SELF(bound));
    else if (state && PyCallable_Check(bound))
        result = task_function(state, &outer->label, bound);
    else if (bound)
        result = Py_NewRef(bound);
    Py_XDECREF(bound);
    return result;
}

static PyObject *task_function_getattr(PyObject *self, PyObject *name);

/* Whatever else the function can be asked; it may be labelled again and again. */
static PyObject *task_function_getattr(PyObject *self, PyObject *name)
{
    PyObject *function = self;
    while (Py_TYPE(function)->tp_getattro == task_function_getattr) {
        PyObject *value = PyObject_GenericGetAttr(function, name);
        if (value || !PyErr_ExceptionMatches(PyExc_AttributeError))
            return value;
        PyErr_Clear();
        function = ((struct task_function *)function)->function;
    }
    return PyObject_GetAttr(function, name);
}

static PyObject *task_function_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<itt.task %R of %R>", ((struct task_function *)self)->label.name,
                                ((struct task_function *)self)->function);
}

/* Found again by its name, as functions are. */
static PyObject *task_function_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyObject_GetAttrString(self, "__qualname__");
}

static PyObject *task_function_self(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(self);
}

static int task_function_traverse(PyObject *self, visitproc visit, void *arg)
{
    struct task_function *function = (struct task_function *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(function->function);
    Py_VISIT(function->dict);
    return label_traverse(&function->label, visit, arg);
}

static int task_function_clear(PyObject *self)
{
    struct task_function *function = (struct task_function *)self;
    Py_CLEAR(function->dict);
    Py_XSETREF(function->function, Py_NewRef(Py_None)); /* a late call must find something */
    label_clear(&function->label);
    return 0;
}

static void task_function_dealloc(PyObject *self)
{
    struct task_function *function = (struct task_function *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, task_function_dealloc); /* a function within a function within ... */
    if (function->weak)
        PyObject_ClearWeakRefs(self);
    Py_CLEAR(function->dict);
    Py_CLEAR(function->function);
    label_clear(&function->label);
    PyObject_GC_Del(self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static PyMethodDef task_function_methods[] = {
    {"__reduce__", task_function_reduce, METH_NOARGS, NULL},
    {"__copy__", task_function_self, METH_NOARGS, NULL},
    {"__deepcopy__", task_function_self, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef task_function_attributes[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef task_function_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(struct task_function, call), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(struct task_function, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct task_function, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

#define COMMON_SLOTS                                                                                         \
    {Py_tp_doc, (void *)(uintptr_t)doc_task_function}, {Py_tp_dealloc, SLOT(task_function_dealloc)},         \
        {Py_tp_traverse, SLOT(task_function_traverse)}, {Py_tp_clear, SLOT(task_function_clear)},            \
        {Py_tp_call, SLOT(PyVectorcall_Call)}, {Py_tp_getattro, SLOT(task_function_getattr)},                \
        {Py_tp_repr, SLOT(task_function_repr)}, {Py_tp_methods, task_function_methods},                      \
        {Py_tp_getset, task_function_attributes},                                                            \
    {                                                                                                        \
        Py_tp_members, task_function_members                                                                 \
    }

static PyType_Slot task_callable_slots[] = {
    COMMON_SLOTS,
    {Py_tp_descr_get, SLOT(task_callable_bind)},
    {0, NULL},
};

static PyType_Slot task_function_slots[] = {
    COMMON_SLOTS,
    {Py_tp_descr_get, SLOT(task_function_bind)},
    {0, NULL},
};

enum {
    COMMON_FLAGS = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
};

PyType_Spec task_callable_spec = {
    .name = "itt._itt.TaskCallable",
    .basicsize = sizeof(struct task_function),
    .flags = COMMON_FLAGS | TYPE_IMMUTABLE | TYPE_NO_NEW,
    .slots = task_callable_slots,
};

PyType_Spec task_function_spec = {
    .name = "itt._itt.TaskFunction",
    .basicsize = sizeof(struct task_function),
    .flags = COMMON_FLAGS | TYPE_IMMUTABLE | TYPE_NO_NEW | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .slots = task_function_slots,
};

/* ---- Making ---- */

/* What functools.wraps copies. Annotations and the like are looked up in the function when they are asked for. */
static int attributes_copy(struct state *state, PyObject *dict, PyObject *function)
{
    PyObject *own = PyObject_GetAttr(function, state->dict);
    if (own && PyDict_Check(own) && PyDict_Update(dict, own) < 0) {
        Py_DECREF(own);
        return -1;
    }
    Py_XDECREF(own);
    PyObject *const names[] = {state->module, state->dunder_name, state->qualname, state->doc};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyErr_Clear();
        PyObject *value = PyObject_GetAttr(function, names[i]);
        int failed = value && PyDict_SetItem(dict, names[i], value) < 0;
        Py_XDECREF(value);
        if (failed || (!value && !PyErr_ExceptionMatches(PyExc_Exception)))
            return -1;
    }
    PyErr_Clear();
    return PyDict_SetItem(dict, state->wrapped, function);
}

PyObject *task_function(struct state *state, const struct label *label, PyObject *function)
{
    int is_method = PyType_HasFeature(Py_TYPE(function), Py_TPFLAGS_METHOD_DESCRIPTOR);
    PyObject *type = is_method ? state->task_function_type : state->task_callable_type;
    struct task_function *self = PyObject_GC_New(struct task_function, (PyTypeObject *)type);
    if (!self)
        return NULL;
    self->call = task_function_call;
    self->function = Py_NewRef(function);
    self->dict = PyDict_New();
    self->weak = NULL;
    if (label_copy(&self->label, label) < 0 || !self->dict ||
        attributes_copy(state, self->dict, function) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    PyObject_GC_Track(self);
    return (PyObject *)self;
}
