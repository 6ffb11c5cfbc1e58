#include "ready.h"

#include "compat.h"

struct ready {
    PyObject_HEAD PyObject *value;
};

PyObject *ready_object(struct state *state, PyObject *value)
{
    struct ready *ready = PyObject_GC_New(struct ready, (PyTypeObject *)state->ready_type);
    if (!ready)
        return NULL;
    ready->value = Py_NewRef(value);
    PyObject_GC_Track(ready);
    return (PyObject *)ready;
}

/* The module keeps one, whose type keeps the module. */
static int ready_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct ready *)self)->value);
    return 0;
}

static void ready_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_DECREF(((struct ready *)self)->value);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

/* An iterator that ends at once, its value being that of the StopIteration. */
static PyObject *ready_next(PyObject *self)
{
    PyObject *value = ((struct ready *)self)->value;
    if (value != Py_None)
        PyErr_SetObject(PyExc_StopIteration, value);
    return NULL;
}

#if PY_VERSION_HEX >= 0x030A0000
static PySendResult ready_send(PyObject *self, PyObject *argument, PyObject **result)
{
    (void)argument;
    *result = Py_NewRef(((struct ready *)self)->value);
    return PYGEN_RETURN;
}
#endif

static PyObject *ready_self(PyObject *self)
{
    return Py_NewRef(self);
}

static PyType_Slot ready_slots[] = {
    {Py_tp_dealloc, SLOT(ready_dealloc)},
    {Py_tp_traverse, SLOT(ready_traverse)},
    {Py_tp_iter, SLOT(ready_self)},
    {Py_tp_iternext, SLOT(ready_next)},
    {Py_am_await, SLOT(ready_self)},
#if PY_VERSION_HEX >= 0x030A0000
    {Py_am_send, SLOT(ready_send)},
#endif
    {0, NULL},
};

PyType_Spec ready_spec = {
    .name = "itt._itt.Ready",
    .basicsize = sizeof(struct ready),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | TYPE_IMMUTABLE | TYPE_NO_NEW,
    .slots = ready_slots,
};
