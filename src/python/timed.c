#include "timed.h"

#include "arguments.h"
#include "domain.h"
#include "id.h"
#include "metadata.h"
#include "names.h"
#include "text.h"
#include "thread.h"

#include <time.h>

/* Without a collector, the clock that itt's has: times can be compared and subtracted all the same. */
unsigned long long timed_get(void)
{
    struct timespec now;
    if (__itt_get_timestamp_ptr) {
        unsigned long long time =
            __itt_get_timestamp(); /* the first call may find that there is no collector */
        if (__itt_get_timestamp_ptr)
            return time;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000000000u + (unsigned long long)now.tv_nsec;
}

PyObject *timed_now(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return PyLong_FromUnsignedLongLong(timed_get());
}

int timed_arguments(PyObject *begin_value, PyObject *end_value, const char *function,
                    unsigned long long *begin, unsigned long long *end)
{
    int now = !end_value || end_value == Py_None;
    if (time_argument(begin_value, function, "begin", begin) < 0 ||
        (!now && time_argument(end_value, function, "end", end) < 0))
        return -1;
    if (now) {
        *end = timed_get();
        if (*end < *begin)
            *end = *begin;
    }
    if (*begin <= *end)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s() argument 'end' must not be before 'begin'", function);
    return -1;
}

enum { ID, PARENT, METADATA };

static const char *const keywords[] = {"id", "parent", "metadata", NULL};
static const struct signature signature = {"task_submit", "domain, name, begin, end", 3, 4, keywords, 1};

PyObject *timed_submit(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    PyObject *values[3] = {NULL, NULL, NULL};
    const __itt_domain *domain = NULL;
    const char *function = signature.function;
    unsigned long long begin;
    unsigned long long end;
    __itt_id id;
    __itt_id parent;
    __itt_string_handle *handle;
    struct state *state = state_of(module);
    if (!state || arguments_take(&signature, args, count, kwnames, values) < 0 ||
        !(domain = domain_argument(args[0], function)) || text_check(args[1], function, "name") < 0 ||
        timed_arguments(args[2], count > 3 ? args[3] : NULL, function, &begin, &end) < 0 ||
        id_argument_optional(values[ID], domain, function, "id", &id) < 0 ||
        id_argument_optional(values[PARENT], domain, function, "parent", &parent) < 0 ||
        metadata_check(kwnames, function) < 0)
        return NULL;
    PyObject *dict = NULL;
    if (values[METADATA] && !(dict = metadata_collect(values[METADATA], function, "metadata")))
        return NULL;
    int failed = 0;
    if (domain_is_on(domain) && __itt_task_begin_ex_ptr && __itt_task_end_ex_ptr) {
        failed = names_get(state->names, args[1], function, &handle);
        if (!failed) {
            thread_introduce(state);
            __itt_task_begin_ex(domain, NULL, begin, id, parent, handle);
            failed = metadata_add_dict(state, domain, id, dict) < 0 ||
                     metadata_add_keywords(state, domain, id, args + count, kwnames, keywords) < 0;
            __itt_task_end_ex(domain, NULL, end);
        }
    }
    Py_XDECREF(dict);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}
