#include "id.h"

#include "compat.h"
#include "docs_types.h"
#include "domain.h"
#include "fork.h"

#include <stdatomic.h>

static atomic_ullong last;

/* d1 counts in the process, d2 names the process: its number, and when that was looked at, as numbers come again. */
__itt_id id_next(void)
{
    __itt_id id = {atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1, fork_process(), 0};
    return id;
}

static PyObject *id_alloc(PyTypeObject *type, __itt_id value, const __itt_domain *domain)
{
    struct id *self = (struct id *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->value = value;
    self->domain = domain;
    return (PyObject *)self;
}

PyObject *id_object(struct state *state, __itt_id value, const __itt_domain *domain)
{
    return id_alloc((PyTypeObject *)state->id_type, value, domain);
}

static const char *domain_name(const __itt_domain *domain)
{
    return domain->nameA ? domain->nameA : "";
}

int id_argument(PyObject *value, const __itt_domain *domain, const char *function, const char *argument,
                __itt_id *id)
{
    if (Py_TYPE(value)->tp_dealloc != id_dealloc) {
        PyErr_Format(PyExc_TypeError, "%s() argument '%s' must be an Id, not %.200s", function, argument,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    const struct id *self = (struct id *)value;
    if (self->domain && self->domain != domain) {
        PyErr_Format(PyExc_ValueError, "%s() argument '%s' is an Id of domain '%.200s', not of '%.200s'",
                     function, argument, domain_name(self->domain), domain_name(domain));
        return -1;
    }
    *id = self->value;
    return 0;
}

static PyObject *id_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"domain", NULL};
    PyObject *value = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:Id", names, &value))
        return NULL;
    const __itt_domain *domain = NULL;
    if (value != Py_None && !(domain = domain_argument(value, "Id")))
        return NULL;
    PyObject *self = id_alloc(type, id_next(), domain);
    if (self && domain && domain_is_on(domain)) {
        ((struct id *)self)->created = 1;
        __itt_id_create(domain, ((struct id *)self)->value);
    }
    return self;
}

void id_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    const struct id *id = (struct id *)self;
    if (id->created)
        __itt_id_destroy(id->domain, id->value);
    type->tp_free(self);
    Py_DECREF(type);
}

static int value_argument(PyObject *value, const char *argument, unsigned long long *number)
{
    if (!PyLong_Check(value)) {
        PyErr_Format(PyExc_TypeError, "from_values() argument '%s' must be int, not %.200s", argument,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    *number = PyLong_AsUnsignedLongLong(value);
    if (*number != (unsigned long long)-1 || !PyErr_Occurred())
        return 0;
    PyErr_Format(PyExc_ValueError, "from_values() argument '%s' must be in 0..2**64-1", argument);
    return -1;
}

static PyObject *id_from_values(PyObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"d1", "d2", "d3", NULL};
    PyObject *d1;
    PyObject *d2 = NULL;
    PyObject *d3 = NULL;
    __itt_id id = __itt_null;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|OO:from_values", names, &d1, &d2, &d3) ||
        value_argument(d1, "d1", &id.d1) < 0 || (d2 && value_argument(d2, "d2", &id.d2) < 0) ||
        (d3 && value_argument(d3, "d3", &id.d3) < 0))
        return NULL;
    if (id_is_null(id)) {
        PyErr_SetString(PyExc_ValueError, "from_values() argument 'd1' must not be 0 with all others 0: "
                                          "that is no id");
        return NULL;
    }
    return id_alloc((PyTypeObject *)type, id, NULL);
}

static PyObject *id_repr(PyObject *self)
{
    const __itt_id *id = &((struct id *)self)->value;
    return PyUnicode_FromFormat("itt.Id.from_values(%llu, %llu, %llu)", id->d1, id->d2, id->d3);
}

static Py_hash_t id_hash(PyObject *self)
{
    const __itt_id *id = &((struct id *)self)->value;
    uint64_t mixed = ((id->d3 * 0x9E3779B97F4A7C15u ^ id->d2) * 0x9E3779B97F4A7C15u ^ id->d1);
    mixed = (mixed ^ mixed >> 32) * 0x9E3779B97F4A7C15u;
    return (Py_hash_t)(mixed >> 1); /* never -1 */
}

static PyObject *id_compare(PyObject *self, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || Py_TYPE(other)->tp_dealloc != id_dealloc)
        Py_RETURN_NOTIMPLEMENTED;
    const __itt_id *a = &((struct id *)self)->value;
    const __itt_id *b = &((struct id *)other)->value;
    int equal = a->d1 == b->d1 && a->d2 == b->d2 && a->d3 == b->d3;
    return PyBool_FromLong(equal == (operation == Py_EQ));
}

static PyObject *id_get(PyObject *self, void *closure)
{
    const __itt_id *id = &((struct id *)self)->value;
    const char *which = closure;
    return PyLong_FromUnsignedLongLong(*which == '1' ? id->d1 : *which == '2' ? id->d2 : id->d3);
}

static PyObject *id_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    const __itt_id *id = &((struct id *)self)->value;
    PyObject *make = PyObject_GetAttrString((PyObject *)Py_TYPE(self), "from_values");
    return make ? Py_BuildValue("N(KKK)", make, id->d1, id->d2, id->d3) : NULL;
}

static PyGetSetDef id_attributes[] = {
    {"d1", id_get, NULL, doc_id_value, "1"},
    {"d2", id_get, NULL, doc_id_value, "2"},
    {"d3", id_get, NULL, doc_id_value, "3"},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef id_methods[] = {
    {"from_values", FASTCALL(id_from_values), METH_VARARGS | METH_KEYWORDS | METH_CLASS, doc_id_from_values},
    {"__reduce__", id_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot id_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_id},
    {Py_tp_new, SLOT(id_new)},
    {Py_tp_dealloc, SLOT(id_dealloc)},
    {Py_tp_repr, SLOT(id_repr)},
    {Py_tp_hash, SLOT(id_hash)},
    {Py_tp_richcompare, SLOT(id_compare)},
    {Py_tp_getset, id_attributes},
    {Py_tp_methods, id_methods},
    {0, NULL},
};

PyType_Spec id_spec = {
    .name = "itt.Id",
    .basicsize = sizeof(struct id),
    .flags = Py_TPFLAGS_DEFAULT | TYPE_IMMUTABLE,
    .slots = id_slots,
};
