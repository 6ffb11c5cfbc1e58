#include "event.h"

#include "arguments.h"
#include "compat.h"
#include "docs_types.h"
#include "names.h"
#include "text.h"
#include "thread.h"

#include <ittnotify.h>
#include <limits.h>
#include <stdatomic.h>

/* An itt.Event. */
struct event {
    PyObject_HEAD PyObject *name;
    atomic_int made; /* whether the collector has given it a number, */
    atomic_int number;
};

static PyObject *event_alloc(PyTypeObject *type, PyObject *name, const char *function)
{
    if (text_check(name, function, "name") < 0)
        return NULL;
    struct event *self = (struct event *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->name = PyUnicode_FromObject(name);
    if (!self->name)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyObject *event_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"", NULL};
    PyObject *name;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O:Event", names, &name))
        return NULL;
    return event_alloc(type, name, "Event");
}

/* Events are kept by name, so that one is made where the label is, at no great cost. */
PyObject *event_get(PyObject *module, PyObject *name)
{
    struct state *state = state_of(module);
    if (!state || arguments_undecorated(name, "event", "'name' must be str", "event(\"name\")") < 0 ||
        text_check(name, "event", "name") < 0)
        return NULL;
    PyObject *key = PyUnicode_FromObject(name); /* a subclass may compare in its own way */
    if (!key)
        return NULL;
    PyObject *event = dict_get(state->events, key);
    if (!event) {
        event = event_alloc((PyTypeObject *)state->event_type, key, "event");
        if (event && PyDict_GET_SIZE(state->events) < NAMES_MAX &&
            PyUnicode_GET_LENGTH(key) <= NAMES_TEXT_MAX && PyDict_SetItem(state->events, key, event) < 0)
            Py_CLEAR(event);
    }
    Py_DECREF(key);
    return event;
}

/* The collector's number of the event. Returns whether somebody listens. */
static int event_number(struct event *self, int *number)
{
    struct text text;
    if (!__itt_event_start_ptr)
        return 0;
    if (!atomic_load_explicit(&self->made, memory_order_acquire)) {
        if (text_open(&text, self->name) < 0) {
            PyErr_Clear();
            return 0;
        }
        *number = __itt_event_create(text.bytes, text.size < INT_MAX ? (int)text.size : INT_MAX);
        text_close(&text);
        if (!__itt_event_start_ptr) /* the first call of all has found no collector */
            return 0;
        atomic_store_explicit(&self->number, *number, memory_order_relaxed);
        atomic_store_explicit(&self->made, 1, memory_order_release);
    }
    *number = atomic_load_explicit(&self->number, memory_order_relaxed);
    return 1;
}

static PyObject *event_begin(PyObject *self, PyObject *unused)
{
    (void)unused;
    int number;
    if (event_number((struct event *)self, &number)) {
        struct state *state = state_of_object(self);
        if (state)
            thread_introduce(state);
        (void)__itt_event_start(number);
    }
    Py_RETURN_NONE;
}

static PyObject *event_end(PyObject *self, PyObject *unused)
{
    (void)unused;
    int number;
    if (event_number((struct event *)self, &number))
        (void)__itt_event_end(number);
    Py_RETURN_NONE;
}

static PyObject *event_enter(PyObject *self, PyObject *unused)
{
    Py_XDECREF(event_begin(self, unused)); /* None */
    return Py_NewRef(self);
}

static PyObject *event_exit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    (void)args, (void)count;
    return event_end(self, NULL);
}

static PyObject *event_call(PyObject *self, PyObject *args, PyObject *names)
{
    static char *known[] = {"", NULL};
    PyObject *function;
    if (!PyArg_ParseTupleAndKeywords(args, names, "O:Event", known, &function))
        return NULL;
    return arguments_decorate(self, function, "Event");
}

static PyObject *event_repr(PyObject *self)
{
    return PyUnicode_FromFormat("itt.Event(%R)", ((struct event *)self)->name);
}

static PyObject *event_get_name(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(((struct event *)self)->name);
}

/* The module keeps Events, whose type keeps the module. */
static int event_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void event_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((struct event *)self)->name);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyGetSetDef event_attributes[] = {
    {"name", event_get_name, NULL, "The name that it was made with.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef event_methods[] = {
    {"begin", event_begin, METH_NOARGS, doc_event_begin},
    {"end", event_end, METH_NOARGS, doc_event_end},
    {"__enter__", event_enter, METH_NOARGS, doc_enter},
    {"__exit__", FASTCALL(event_exit), METH_FASTCALL, doc_exit},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot event_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_event_type},
    {Py_tp_new, SLOT(event_new)},
    {Py_tp_dealloc, SLOT(event_dealloc)},
    {Py_tp_traverse, SLOT(event_traverse)},
    {Py_tp_call, SLOT(event_call)},
    {Py_tp_repr, SLOT(event_repr)},
    {Py_tp_getset, event_attributes},
    {Py_tp_methods, event_methods},
    {0, NULL},
};

PyType_Spec event_spec = {
    .name = "itt.Event",
    .basicsize = sizeof(struct event),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | TYPE_IMMUTABLE,
    .slots = event_slots,
};
