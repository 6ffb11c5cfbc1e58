#include "region.h"

#include "arguments.h"
#include "compat.h"
#include "docs_types.h"
#include "domain.h"
#include "entries.h"
#include "id.h"
#include "metadata.h"
#include "names.h"
#include "text.h"
#include "thread.h"

/* An itt.Region. All but the entries never changes. */
struct region {
    PyObject_HEAD const __itt_domain *domain;
    PyObject *name;
    __itt_id parent;
    PyObject *metadata; /* a dict, or NULL */
    struct entries entries;
};

static int region_open(struct state *state, const __itt_domain *domain, PyObject *name, __itt_id id,
                       __itt_id parent, const char *function)
{
    __itt_string_handle *handle;
    if (!domain_is_on(domain) || !__itt_region_begin_ptr)
        return 0;
    if (names_get(state->names, name, function, &handle) < 0)
        return -1;
    thread_introduce(state);
    __itt_region_begin(domain, id, parent, handle);
    return 0;
}

/* ---- The functions ---- */

PyObject *region_begin(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const known[] = {"parent", NULL};
    static const struct signature signature = {"region_begin", "domain, name, id", 3, 3, known, 0};
    const char *function = signature.function;
    PyObject *value = NULL;
    const __itt_domain *domain = NULL;
    __itt_id id;
    __itt_id parent;
    struct state *state = state_of(module);
    if (!state || arguments_take(&signature, args, count, kwnames, &value) < 0 ||
        !(domain = domain_argument(args[0], function)) || text_check(args[1], function, "name") < 0 ||
        id_argument(args[2], domain, function, "id", &id) < 0 ||
        id_argument_optional(value, domain, function, "parent", &parent) < 0 ||
        region_open(state, domain, args[1], id, parent, function) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *region_end(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    static const struct signature signature = {"region_end", "domain, id", 2, 2, NULL, 0};
    const __itt_domain *domain;
    __itt_id id;
    (void)module;
    if (arguments_take(&signature, args, count, NULL, NULL) < 0 ||
        !(domain = domain_argument(args[0], signature.function)) ||
        id_argument(args[1], domain, signature.function, "id", &id) < 0)
        return NULL;
    __itt_region_end(domain, id);
    Py_RETURN_NONE;
}

/* ---- The type ---- */

enum { DOMAIN, PARENT, METADATA };

static const char *const keywords[] = {"domain", "parent", "metadata", NULL};

/* The mapping and the keywords in one dict, a new reference; NULL where there are none, or with an exception. */
static PyObject *pairs_of(PyObject *mapping, PyObject *const *values, PyObject *kwnames)
{
    PyObject *dict = metadata_collect(mapping, "region", "metadata");
    for (Py_ssize_t i = 0; dict && kwnames && i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        if (keyword_index(name, keywords) < 0 && PyDict_SetItem(dict, name, values[i]) < 0)
            Py_CLEAR(dict);
    }
    if (dict && PyDict_GET_SIZE(dict) == 0)
        Py_CLEAR(dict);
    return dict;
}

PyObject *region_create(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const struct signature signature = {"region", "name", 1, 1, keywords, 1};
    PyObject *values[3] = {NULL, NULL, NULL};
    const __itt_domain *domain;
    __itt_id parent;
    struct state *state = state_of(module);
    if (!state || arguments_take(&signature, args, count, kwnames, values) < 0 ||
        arguments_undecorated(args[0], "region", "'name' must be str", "region(\"name\")") < 0 ||
        text_check(args[0], "region", "name") < 0 ||
        !(domain = domain_argument_any(state, values[DOMAIN], "region")) ||
        id_argument_optional(values[PARENT], domain, "region", "parent", &parent) < 0 ||
        metadata_check(kwnames, "region") < 0)
        return NULL;
    PyObject *dict = NULL;
    if (values[METADATA] || kwnames) {
        dict = pairs_of(values[METADATA], args + count, kwnames);
        if (!dict && PyErr_Occurred())
            return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)state->region_type;
    PyObject *name = PyUnicode_FromObject(args[0]); /* a subclass may be part of a cycle */
    struct region *self = name ? (struct region *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        Py_XDECREF(name);
        Py_XDECREF(dict);
        return NULL;
    }
    self->domain = domain;
    self->name = name;
    self->parent = parent;
    self->metadata = dict;
    return (PyObject *)self;
}

static PyObject *region_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct region *self = (struct region *)object;
    struct state *state = state_of_object(object);
    __itt_id id = __itt_null;
    if (state && domain_is_on(self->domain) && __itt_region_begin_ptr)
        id = id_next();
    if (entries_add(&self->entries, object, id) < 0)
        return NULL;
    if (id_is_null(id))
        return Py_NewRef(object);
    if (region_open(state, self->domain, self->name, id, self->parent, "region") < 0) {
        entries_take(&self->entries, object, &id);
        return NULL;
    }
    if (metadata_add_dict(state, self->domain, id, self->metadata) < 0) {
        entries_take(&self->entries, object, &id);
        __itt_region_end(self->domain, id);
        return NULL;
    }
    return Py_NewRef(object);
}

static PyObject *region_exit(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    (void)args, (void)count;
    struct region *self = (struct region *)object;
    __itt_id id;
    if (entries_take(&self->entries, object, &id) && !id_is_null(id))
        __itt_region_end(self->domain, id);
    Py_RETURN_NONE;
}

static PyObject *region_call(PyObject *self, PyObject *args, PyObject *names)
{
    static char *known[] = {"", NULL};
    PyObject *function;
    if (!PyArg_ParseTupleAndKeywords(args, names, "O:Region", known, &function))
        return NULL;
    return arguments_decorate(self, function, "region()");
}

static PyObject *region_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<itt.Region %R>", ((struct region *)self)->name);
}

static int region_traverse(PyObject *object, visitproc visit, void *arg)
{
    struct region *self = (struct region *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->metadata);
    return 0;
}

/* Whoever is still in a region that goes is not told: it stays open in the trace. */
static int region_clear(PyObject *object)
{
    Py_CLEAR(((struct region *)object)->metadata);
    return 0;
}

static void region_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    struct region *self = (struct region *)object;
    PyObject_GC_UnTrack(object);
    Py_CLEAR(self->metadata);
    Py_CLEAR(self->name);
    entries_free(&self->entries);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef region_methods[] = {
    {"__enter__", region_enter, METH_NOARGS, doc_enter},
    {"__exit__", FASTCALL(region_exit), METH_FASTCALL, doc_exit},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot region_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_region_type},
    {Py_tp_dealloc, SLOT(region_dealloc)},
    {Py_tp_traverse, SLOT(region_traverse)},
    {Py_tp_clear, SLOT(region_clear)},
    {Py_tp_call, SLOT(region_call)},
    {Py_tp_repr, SLOT(region_repr)},
    {Py_tp_methods, region_methods},
    {0, NULL},
};

PyType_Spec region_spec = {
    .name = "itt.Region",
    .basicsize = sizeof(struct region),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | TYPE_IMMUTABLE | TYPE_NO_NEW,
    .slots = region_slots,
};
