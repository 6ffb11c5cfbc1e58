#include "overlapped.h"

#include "arguments.h"
#include "caller.h"
#include "domain.h"
#include "id.h"
#include "names.h"
#include "text.h"
#include "thread.h"

/* What labels with an id of their own are called with. */
struct label {
    const __itt_domain *domain;
    PyObject *name;
    __itt_id id;
    __itt_id parent;
};

static int label_take(struct label *label, const struct signature *signature, PyObject *const *args,
                      Py_ssize_t count, PyObject *kwnames)
{
    PyObject *parent = NULL;
    const char *function = signature->function;
    if (arguments_take(signature, args, count, kwnames, &parent) < 0 ||
        !(label->domain = domain_argument(args[0], function)) || text_check(args[1], function, "name") < 0 ||
        id_argument(args[2], label->domain, function, "id", &label->id) < 0)
        return -1;
    label->name = args[1];
    if (count > 3 && parent) {
        PyErr_Format(PyExc_TypeError, "%s() got argument 'parent' twice", function);
        return -1;
    }
    if (count > 3)
        parent = args[3];
    return id_argument_optional(parent, label->domain, function, "parent", &label->parent);
}

/* Also tells the thread's name. Returns 0, or -1 with an exception. */
static int label_handle(const struct label *label, PyObject *module, const char *function,
                        __itt_string_handle **handle)
{
    struct state *state = state_of(module);
    if (!state || names_get(state->names, label->name, function, handle) < 0)
        return -1;
    thread_introduce(state);
    return 0;
}

static const char *const parent_keyword[] = {"parent", NULL};

PyObject *overlapped_begin(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const struct signature signature = {
        "task_begin_overlapped", "domain, name, id", 3, 3, parent_keyword, 0};
    struct label label;
    __itt_string_handle *handle;
    if (label_take(&label, &signature, args, count, kwnames) < 0)
        return NULL;
    if (domain_is_on(label.domain) && __itt_task_begin_overlapped_ptr) {
        if (label_handle(&label, module, signature.function, &handle) < 0)
            return NULL;
        __itt_task_begin_overlapped(label.domain, label.id, label.parent, handle);
    }
    Py_RETURN_NONE;
}

PyObject *overlapped_end(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    static const struct signature signature = {"task_end_overlapped", "domain, id", 2, 2, NULL, 0};
    const __itt_domain *domain;
    __itt_id id;
    (void)module;
    if (arguments_take(&signature, args, count, NULL, NULL) < 0 ||
        !(domain = domain_argument(args[0], signature.function)) ||
        id_argument(args[1], domain, signature.function, "id", &id) < 0)
        return NULL;
    __itt_task_end_overlapped(domain, id);
    Py_RETURN_NONE;
}

PyObject *overlapped_group(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const struct signature signature = {
        "task_group", "domain, name, id, parent", 3, 4, parent_keyword, 0};
    struct label label;
    __itt_string_handle *handle;
    if (label_take(&label, &signature, args, count, kwnames) < 0)
        return NULL;
    if (domain_is_on(label.domain) && __itt_task_group_ptr) {
        if (label_handle(&label, module, signature.function, &handle) < 0)
            return NULL;
        __itt_task_group(label.domain, label.id, label.parent, handle);
    }
    Py_RETURN_NONE;
}

/* ---- Relations ---- */

static int relation_argument(PyObject *value, __itt_relation *relation)
{
    static const char *const names[] = {"dependent_on", "sibling_of",   "parent_of",      "continuation_of",
                                        "child_of",     "continued_by", "predecessor_to", NULL};
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "relation() argument 'relation' must be str, not %.200s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    int index = keyword_index(value, names);
    *relation = (__itt_relation)(index + __itt_relation_is_dependent_on);
    if (index >= 0)
        return 0;
    PyErr_Format(
        PyExc_ValueError,
        "relation() argument 'relation' must be dependent_on, sibling_of, parent_of, continuation_of, "
        "child_of, continued_by or predecessor_to, not %R",
        value);
    return -1;
}

PyObject *overlapped_relate(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const known[] = {"domain", NULL};
    static const struct signature signature = {"relation", "head, relation, tail", 3, 3, known, 0};
    const __itt_domain *domain;
    __itt_relation relation;
    __itt_id head;
    __itt_id tail;
    PyObject *value = NULL;
    struct state *state = state_of(module);
    if (!state || arguments_take(&signature, args, count, kwnames, &value) < 0 ||
        relation_argument(args[1], &relation) < 0 ||
        !(domain = domain_argument_any(state, value, signature.function)) ||
        id_argument_optional(args[0], domain, signature.function, "head", &head) < 0 ||
        id_argument(args[2], domain, signature.function, "tail", &tail) < 0)
        return NULL;
    if (!domain_is_on(domain))
        Py_RETURN_NONE;
    struct block task;
    if (id_is_null(head) && caller_task(state, &task))
        head = task.id;
    if (__itt_relation_add_ptr || __itt_relation_add_to_current_ptr)
        thread_introduce(state);
    if (id_is_null(head))
        __itt_relation_add_to_current(domain, relation, tail);
    else
        __itt_relation_add(domain, head, relation, tail);
    Py_RETURN_NONE;
}
