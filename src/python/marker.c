#include "marker.h"

#include "arguments.h"
#include "domain.h"
#include "id.h"
#include "metadata.h"
#include "names.h"
#include "text.h"
#include "thread.h"

enum { SCOPE, DOMAIN, ID, METADATA };

static const char *const keywords[] = {"scope", "domain", "id", "metadata", NULL};
static const struct signature signature = {"marker", "name", 1, 1, keywords, 1};

static int scope_argument(PyObject *value, __itt_scope *scope)
{
    static const char *const names[] = {"global", "process", "thread", "task", NULL};
    *scope = __itt_scope_task;
    if (!value)
        return 0;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "marker() argument 'scope' must be str, not %.200s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    int index = keyword_index(value, names);
    *scope = (__itt_scope)(index + __itt_scope_global);
    if (index >= 0)
        return 0;
    PyErr_Format(PyExc_ValueError,
                 "marker() argument 'scope' must be global, process, thread or task, not %R", value);
    return -1;
}

static int has_metadata(PyObject *dict, PyObject *kwnames)
{
    for (Py_ssize_t i = 0; kwnames && i < PyTuple_GET_SIZE(kwnames); i++)
        if (keyword_index(PyTuple_GET_ITEM(kwnames, i), keywords) < 0)
            return 1;
    return dict && PyDict_GET_SIZE(dict) > 0;
}

PyObject *marker_call(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    PyObject *values[4] = {NULL, NULL, NULL, NULL};
    PyObject *dict = NULL;
    const __itt_domain *domain = NULL;
    const char *function = signature.function;
    __itt_scope scope;
    __itt_id id;
    __itt_string_handle *handle;
    struct state *state = state_of(module);
    if (!state || arguments_take(&signature, args, count, kwnames, values) < 0 ||
        text_check(args[0], function, "name") < 0 || scope_argument(values[SCOPE], &scope) < 0 ||
        !(domain = domain_argument_any(state, values[DOMAIN], function)) ||
        id_argument_optional(values[ID], domain, function, "id", &id) < 0 ||
        metadata_check(kwnames, function) < 0 ||
        (values[METADATA] && !(dict = metadata_collect(values[METADATA], function, "metadata"))))
        return NULL;
    int failed = 0;
    if (domain_is_on(domain) && __itt_marker_ptr) {
        failed = names_get(state->names, args[0], function, &handle);
        if (!failed) {
            if (id_is_null(id) && has_metadata(dict, kwnames))
                id = id_next(); /* else the metadata would go to the current task */
            thread_introduce(state);
            __itt_marker(domain, id, handle, scope);
            if (!id_is_null(id))
                failed = metadata_add_dict(state, domain, id, dict) < 0 ||
                         metadata_add_keywords(state, domain, id, args + count, kwnames, keywords) < 0;
        }
    }
    Py_XDECREF(dict);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}
