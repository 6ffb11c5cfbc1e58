#include "task.h"

#include "arguments.h"
#include "domain.h"
#include "function.h"
#include "id.h"
#include "names.h"
#include "state.h"
#include "text.h"
#include "thread.h"

enum { ID, PARENT };

static const char *const begin_keywords[] = {"id", "parent", NULL};
static const struct signature begin_signature = {"task_begin", "domain, name", 2, 2, begin_keywords, 0};

/* With an id or a parent, or wrongly called. */
static PyObject *begin_with(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    PyObject *values[2] = {NULL, NULL};
    __itt_id id;
    __itt_id parent;
    __itt_string_handle *handle;
    struct state *state = state_of(module);
    const __itt_domain *domain = NULL;
    if (!state || arguments_take(&begin_signature, args, count, kwnames, values) < 0 ||
        !(domain = domain_argument(args[0], "task_begin")) || text_check(args[1], "task_begin", "name") < 0 ||
        id_argument_optional(values[ID], domain, "task_begin", "id", &id) < 0 ||
        id_argument_optional(values[PARENT], domain, "task_begin", "parent", &parent) < 0)
        return NULL;
    if (domain_is_on(domain) && __itt_task_begin_ptr) {
        if (names_get(state->names, args[1], "task_begin", &handle) < 0)
            return NULL;
        thread_introduce(state);
        __itt_task_begin(domain, id, parent, handle);
    }
    Py_RETURN_NONE;
}

PyObject *task_begin(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    if (count != 2 || kwnames)
        return begin_with(module, args, count, kwnames);
    const __itt_domain *domain = domain_argument(args[0], "task_begin");
    if (!domain)
        return NULL;
    if (!domain_is_on(domain) || !__itt_task_begin_ptr) {
        if (text_check(args[1], "task_begin", "name") < 0) /* a wrong name is an error, on or off */
            return NULL;
        Py_RETURN_NONE;
    }
    struct state *state = state_of(module);
    __itt_string_handle *handle;
    if (!state || names_get(state->names, args[1], "task_begin", &handle) < 0)
        return NULL;
    thread_introduce(state);
    __itt_task_begin(domain, __itt_null, __itt_null, handle);
    Py_RETURN_NONE;
}

/* Says where the current task's function is defined. */
static int location_add(struct state *state, const __itt_domain *domain, PyCodeObject *code)
{
    __itt_string_handle *key;
    if (__itt_metadata_str_add_ptr) {
        struct text text;
        if (names_get(state->names, state->file, "task_begin_fn", &key) < 0 ||
            text_open(&text, code->co_filename) < 0)
            return -1;
        __itt_metadata_str_add(domain, __itt_null, key, text.bytes, (size_t)text.size);
        text_close(&text);
    }
    if (__itt_metadata_add_ptr) {
        int line = code->co_firstlineno;
        if (names_get(state->names, state->line, "task_begin_fn", &key) < 0)
            return -1;
        __itt_metadata_add(domain, __itt_null, key, __itt_metadata_s32, 1, &line);
    }
    return 0;
}

static int begin_callable(struct state *state, const __itt_domain *domain, PyObject *callable)
{
    PyObject *name;
    PyCodeObject *code;
    if (function_describe(state, callable, &name, &code) < 0)
        return -1;
    __itt_string_handle *handle;
    if (names_get(state->names, name, "task_begin_fn", &handle) < 0) {
        PyErr_Clear(); /* a NUL in it: the name of its type has none */
        handle = __itt_string_handle_create(Py_TYPE(callable)->tp_name);
    }
    __itt_task_begin(domain, __itt_null, __itt_null, handle);
    if (code && location_add(state, domain, code) < 0)
        PyErr_Clear(); /* no memory: the task stands without */
    Py_XDECREF(code);
    Py_DECREF(name);
    return 0;
}

static void begin_address(const __itt_domain *domain, void *address)
{
    if (__itt_task_begin_fn_ptr) {
        __itt_task_begin_fn(domain, __itt_null, __itt_null, address);
        return;
    }
    char name[32]; /* a collector that knows tasks by name only: still one begin for one end */
    PyOS_snprintf(name, sizeof name, "%p", address);
    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create(name));
}

PyObject *task_begin_fn(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    static const struct signature signature = {"task_begin_fn", "domain, fn", 2, 2, NULL, 0};
    if (arguments_take(&signature, args, count, NULL, NULL) < 0)
        return NULL;
    const __itt_domain *domain = domain_argument(args[0], "task_begin_fn");
    void *address;
    if (!domain || function_argument(args[1], "task_begin_fn", &address) < 0)
        return NULL;
    if (!domain_is_on(domain))
        Py_RETURN_NONE;
    struct state *state = state_of(module);
    if (!state)
        return NULL;
    thread_introduce(state);
    if (address)
        begin_address(domain, address);
    else if (__itt_task_begin_ptr && begin_callable(state, domain, args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *task_end(PyObject *module, PyObject *value)
{
    (void)module;
    const __itt_domain *domain = domain_argument(value, "task_end");
    if (!domain)
        return NULL;
    __itt_task_end(domain);
    Py_RETURN_NONE;
}
