#include "frame.h"

#include "arguments.h"
#include "compat.h"
#include "docs_types.h"
#include "domain.h"
#include "entries.h"
#include "id.h"
#include "thread.h"
#include "timed.h"

/* An itt.Frame. All but the entries never changes. */
struct frame {
    PyObject_HEAD const __itt_domain *domain;
    __itt_id id; /* none: each entry gets its own */
    struct entries entries;
};

static void introduce(struct state *state, const __itt_domain *domain)
{
    if (state && domain_is_on(domain) && (__itt_frame_begin_v3_ptr || __itt_frame_submit_v3_ptr))
        thread_introduce(state);
}

/* ITT takes the id of a frame by its address, and none as NULL. */
static __itt_id *id_address(__itt_id *id)
{
    return id_is_null(*id) ? NULL : id;
}

/* ---- The functions ---- */

static const __itt_domain *arguments_of(const struct signature *signature, PyObject *const *args,
                                        Py_ssize_t count, __itt_id *id)
{
    const __itt_domain *domain;
    if (arguments_take(signature, args, count, NULL, NULL) < 0 ||
        !(domain = domain_argument(args[0], signature->function)) ||
        id_argument_optional(count > 1 ? args[1] : NULL, domain, signature->function, "id", id) < 0)
        return NULL;
    return domain;
}

PyObject *frame_begin(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    static const struct signature signature = {"frame_begin", "domain, id", 1, 2, NULL, 0};
    __itt_id id;
    const __itt_domain *domain = arguments_of(&signature, args, count, &id);
    if (!domain)
        return NULL;
    introduce(PyModule_GetState(module), domain);
    __itt_frame_begin_v3(domain, id_address(&id));
    Py_RETURN_NONE;
}

PyObject *frame_end(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    static const struct signature signature = {"frame_end", "domain, id", 1, 2, NULL, 0};
    __itt_id id;
    const __itt_domain *domain = arguments_of(&signature, args, count, &id);
    (void)module;
    if (!domain)
        return NULL;
    __itt_frame_end_v3(domain, id_address(&id));
    Py_RETURN_NONE;
}

PyObject *frame_submit(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const known[] = {"id", NULL};
    static const struct signature signature = {"frame_submit", "domain, begin, end", 2, 3, known, 0};
    PyObject *value = NULL;
    const __itt_domain *domain;
    unsigned long long begin;
    unsigned long long end;
    __itt_id id;
    if (arguments_take(&signature, args, count, kwnames, &value) < 0 ||
        !(domain = domain_argument(args[0], signature.function)) ||
        timed_arguments(args[1], count > 2 ? args[2] : NULL, signature.function, &begin, &end) < 0 ||
        id_argument_optional(value, domain, signature.function, "id", &id) < 0)
        return NULL;
    introduce(PyModule_GetState(module), domain);
    __itt_frame_submit_v3(domain, id_address(&id), begin, end);
    Py_RETURN_NONE;
}

/* ---- The type ---- */

PyObject *frame_create(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    enum { DOMAIN, ID };
    static const char *const known[] = {"domain", "id", NULL};
    static const struct signature signature = {"frame", "domain", 0, 1, known, 0};
    PyObject *values[2] = {NULL, NULL};
    const __itt_domain *domain;
    __itt_id id;
    struct state *state = state_of(module);
    if (!state || arguments_take(&signature, args, count, kwnames, values) < 0)
        return NULL;
    if (count && values[DOMAIN]) {
        PyErr_SetString(PyExc_TypeError, "frame() got argument 'domain' twice");
        return NULL;
    }
    const char *wanted = "'domain' must be a domain, the name of one, or None";
    if (count && arguments_undecorated(args[0], "frame", wanted, "frame()") < 0)
        return NULL;
    if (!(domain = domain_argument_any(state, count ? args[0] : values[DOMAIN], "frame")) ||
        id_argument_optional(values[ID], domain, "frame", "id", &id) < 0)
        return NULL;
    PyTypeObject *type = (PyTypeObject *)state->frame_type;
    struct frame *self = (struct frame *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->domain = domain;
    self->id = id;
    return (PyObject *)self;
}

static PyObject *frame_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct frame *self = (struct frame *)object;
    struct state *state = state_of_object(object);
    __itt_id id = __itt_null;
    if (domain_is_on(self->domain) && __itt_frame_begin_v3_ptr)
        id = id_is_null(self->id) ? id_next() : self->id;
    if (entries_add(&self->entries, object, id) < 0)
        return NULL;
    if (!id_is_null(id)) {
        introduce(state, self->domain);
        __itt_frame_begin_v3(self->domain, &id);
    }
    return Py_NewRef(object);
}

static PyObject *frame_exit(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    (void)args, (void)count;
    struct frame *self = (struct frame *)object;
    __itt_id id;
    if (entries_take(&self->entries, object, &id) && !id_is_null(id))
        __itt_frame_end_v3(self->domain, &id);
    Py_RETURN_NONE;
}

static PyObject *frame_call(PyObject *self, PyObject *args, PyObject *names)
{
    static char *known[] = {"", NULL};
    PyObject *function;
    if (!PyArg_ParseTupleAndKeywords(args, names, "O:Frame", known, &function))
        return NULL;
    return arguments_decorate(self, function, "frame()");
}

static PyObject *frame_repr(PyObject *self)
{
    const __itt_domain *domain = ((struct frame *)self)->domain;
    return PyUnicode_FromFormat("<itt.Frame of domain '%.200s'>", domain->nameA ? domain->nameA : "");
}

static int frame_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    return 0;
}

static void frame_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    entries_free(&((struct frame *)object)->entries);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef frame_methods[] = {
    {"__enter__", frame_enter, METH_NOARGS, doc_enter},
    {"__exit__", FASTCALL(frame_exit), METH_FASTCALL, doc_exit},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot frame_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_frame_type},
    {Py_tp_dealloc, SLOT(frame_dealloc)},
    {Py_tp_traverse, SLOT(frame_traverse)},
    {Py_tp_call, SLOT(frame_call)},
    {Py_tp_repr, SLOT(frame_repr)},
    {Py_tp_methods, frame_methods},
    {0, NULL},
};

PyType_Spec frame_spec = {
    .name = "itt.Frame",
    .basicsize = sizeof(struct frame),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | TYPE_IMMUTABLE | TYPE_NO_NEW,
    .slots = frame_slots,
};
