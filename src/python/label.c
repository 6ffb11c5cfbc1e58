#include "label.h"

#include "arguments.h"
#include "compat.h"
#include "id.h"
#include "metadata.h"
#include "names.h"
#include "task_type.h"
#include "thread.h"

#include <string.h>

/* ---- What is given ---- */

enum { DOMAIN, PARENT, METADATA, KNOWN };

static const char *const known[] = {"domain", "parent", "metadata", NULL};

/* Room for as many values as there are keywords. */
static int values_alloc(struct label *label)
{
    size_t count = (size_t)PyTuple_GET_SIZE(label->keywords);
    label->values = count <= LABEL_FEW ? label->few : PyMem_Calloc(count, sizeof *label->values);
    if (label->values)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* Keeps the keywords that are metadata, so many of all. */
static int keywords_keep(struct label *label, PyObject *const *values, PyObject *kwnames, Py_ssize_t count)
{
    Py_ssize_t all = PyTuple_GET_SIZE(kwnames);
    label->keywords = count == all ? Py_NewRef(kwnames) : PyTuple_New(count);
    if (!label->keywords || values_alloc(label) < 0)
        return -1;
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; i < all; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        if (count != all && keyword_index(name, known) >= 0)
            continue;
        if (count != all)
            PyTuple_SET_ITEM(label->keywords, at, Py_NewRef(name));
        label->values[at++] = Py_NewRef(values[i]);
    }
    return metadata_check(label->keywords, "task");
}

static int parent_take(struct state *state, struct label *label, PyObject *parent)
{
    if (!task_check(parent)) {
        if (Py_TYPE(parent)->tp_dealloc != id_dealloc) {
            PyErr_Format(PyExc_TypeError, "task() argument 'parent' must be an Id or a Task, not %.200s",
                         Py_TYPE(parent)->tp_name);
            return -1;
        }
        __itt_id id;
        const __itt_domain *own = ((struct id *)parent)->domain;
        if (own && !label->domain && !(label->domain = domain_of_caller(state)))
            return -1;
        if (id_argument(parent, own ? label->domain : NULL, "task", "parent", &id) < 0)
            return -1;
    }
    label->parent = Py_NewRef(parent);
    return 0;
}

int label_take(struct state *state, struct label *label, PyObject *const *values, PyObject *kwnames)
{
    PyObject *given[KNOWN] = {NULL};
    Py_ssize_t count = PyTuple_GET_SIZE(kwnames);
    Py_ssize_t more = count;
    for (Py_ssize_t i = 0; i < count; i++) {
        int index = keyword_index(PyTuple_GET_ITEM(kwnames, i), known);
        if (index < 0)
            continue;
        given[index] = values[i] == Py_None ? NULL : values[i];
        more--;
    }
    if (given[DOMAIN] && !(label->domain = domain_argument_any(state, given[DOMAIN], "task")))
        return -1;
    if (given[PARENT] && parent_take(state, label, given[PARENT]) < 0)
        return -1;
    if (given[METADATA] && !(label->metadata = metadata_collect(given[METADATA], "task", "metadata")))
        return -1;
    return more ? keywords_keep(label, values, kwnames, more) : 0;
}

int label_copy(struct label *label, const struct label *from)
{
    *label = (struct label){.domain = from->domain};
    atomic_store_explicit(&label->handle, atomic_load_explicit(&from->handle, memory_order_acquire),
                          memory_order_release);
    label->name = Py_XNewRef(from->name);
    label->metadata = Py_XNewRef(from->metadata);
    label->parent = Py_XNewRef(from->parent);
    if (!from->values)
        return 0;
    label->keywords = Py_NewRef(from->keywords);
    if (values_alloc(label) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(label->keywords); i++)
        label->values[i] = Py_NewRef(from->values[i]);
    return 0;
}

/* The values of a label that is cleared run code of their own: it finds none of them half gone. */
static void values_clear(struct label *label)
{
    PyObject *few[LABEL_FEW];
    PyObject *keywords = label->keywords;
    PyObject **values = label->values;
    if (values == label->few)
        values = memcpy(few, label->few, sizeof few);
    label->keywords = NULL;
    label->values = NULL;
    for (Py_ssize_t i = 0; values && i < PyTuple_GET_SIZE(keywords); i++)
        Py_XDECREF(values[i]);
    if (values != few)
        PyMem_Free(values);
    Py_XDECREF(keywords);
}

void label_clear(struct label *label)
{
    Py_CLEAR(label->name);
    Py_CLEAR(label->metadata);
    Py_CLEAR(label->parent);
    if (label->keywords)
        values_clear(label);
}

int label_traverse(const struct label *label, visitproc visit, void *arg)
{
    for (Py_ssize_t i = 0; label->values && i < PyTuple_GET_SIZE(label->keywords); i++)
        Py_VISIT(label->values[i]);
    Py_VISIT(label->metadata);
    Py_VISIT(label->parent);
    return 0;
}

int label_is_container(const struct label *label)
{
    for (Py_ssize_t i = 0; label->values && i < PyTuple_GET_SIZE(label->keywords); i++)
        if (PyObject_IS_GC(label->values[i]))
            return 1;
    return label->metadata || label->parent;
}

/* ---- What is sent ---- */

/* The handle of the name, or of the place of the call. NULL without memory, or where nobody listens any more. */
static __itt_string_handle *handle_of(struct state *state, struct label *label)
{
    __itt_string_handle *handle = atomic_load_explicit(&label->handle, memory_order_acquire);
    if (handle)
        return handle;
    PyObject *name = label->name ? Py_NewRef(label->name) : caller_place(state);
    if (!name || names_get(state->names, name, "task", &handle) < 0) {
        PyErr_Clear();
        handle = NULL;
    }
    if (label->name && handle)
        atomic_store_explicit(&label->handle, handle, memory_order_release);
    Py_XDECREF(name);
    return handle;
}

static const __itt_domain *domain_find(struct state *state, const struct caller *caller)
{
    const __itt_domain *domain =
        caller->globals ? domain_of_globals(state, caller->globals) : domain_of_caller(state);
    if (!domain)
        PyErr_Clear();
    return domain;
}

static __itt_id parent_of(struct state *state, const struct label *label, const struct caller *caller)
{
    if (!label->parent)
        return __itt_null;
    if (task_check(label->parent))
        return task_entered(state, label->parent, caller->frame);
    return ((struct id *)label->parent)->value;
}

static int metadata_send(struct state *state, const struct label *label, const struct begun *begun)
{
    if (!metadata_is_on(begun->domain))
        return 0;
    if (label->metadata && metadata_add_dict(state, begun->domain, begun->id, label->metadata) < 0)
        return -1;
    return metadata_add_keywords(state, begun->domain, begun->id, label->values, label->keywords, NULL);
}

int label_begin(struct state *state, struct label *label, const struct caller *caller, struct begun *begun)
{
    begun->domain = NULL;
    begun->id = __itt_null;
    const __itt_domain *domain = label->domain ? label->domain : domain_find(state, caller);
    if (!domain || !domain_is_on(domain))
        return 0;
    if (caller->suspends ? !__itt_task_begin_overlapped_ptr : !__itt_task_begin_ptr)
        return 0;
    __itt_string_handle *handle = handle_of(state, label);
    if (!handle)
        return 0;
    thread_introduce(state);
    begun->domain = domain;
    __itt_id parent = parent_of(state, label, caller);
    if (caller->suspends) {
        begun->id = id_next();
        __itt_task_begin_overlapped(domain, begun->id, parent, handle);
    } else {
        __itt_task_begin(domain, __itt_null, parent, handle);
    }
    if ((!label->values && !label->metadata) || metadata_send(state, label, begun) == 0)
        return 0;
    label_end(begun);
    begun->domain = NULL;
    return -1;
}

/* ---- Exceptions ---- */

static const char *type_name(PyObject *type)
{
    const char *name = ((PyTypeObject *)type)->tp_name;
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* asyncio's CancelledError, that of concurrent.futures, or what is derived from them. */
static int is_cancelled(PyObject *type)
{
    PyObject *bases = ((PyTypeObject *)type)->tp_mro;
    for (Py_ssize_t i = 0; bases && i < PyTuple_GET_SIZE(bases); i++)
        if (strcmp(type_name(PyTuple_GET_ITEM(bases, i)), "CancelledError") == 0)
            return 1;
    return 0;
}

void label_mark(struct state *state, const struct begun *begun, PyObject *type)
{
    if (!PyExceptionClass_Check(type) || !metadata_is_on(begun->domain) ||
        PyErr_GivenExceptionMatches(type, PyExc_StopIteration) ||
        PyErr_GivenExceptionMatches(type, PyExc_StopAsyncIteration) ||
        PyErr_GivenExceptionMatches(type, PyExc_GeneratorExit))
        return;
    int failed;
    if (is_cancelled(type)) {
        failed = metadata_add(state, begun->domain, begun->id, state->cancelled, Py_True);
    } else {
        PyObject *name = PyUnicode_FromString(type_name(type));
        failed = !name || metadata_add(state, begun->domain, begun->id, state->error, name) < 0;
        Py_XDECREF(name);
    }
    if (failed)
        PyErr_Clear(); /* the program's own exception counts */
}
