#include "pt_region.h"

#include "text.h"

#include <ittnotify.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { REGIONS = 8 };

/*
 * The regions in the order they were made, each name once; further ones share the last number. The numbers are ours, so
 * that they hold for whatever collector comes later; it gives its own when it is first told of the region. Like those of
 * a collector they last as long as the process.
 */
static struct {
    _Atomic(char *) name;
    atomic_int number; /* the collector's, + 1 */
} made[REGIONS - 1];

static int made_find(const char *text)
{
    char *copy = NULL;
    int i = 0;
    for (; i < REGIONS - 1; i++) {
        char *name = atomic_load_explicit(&made[i].name, memory_order_acquire);
        if (!name && (copy || (copy = strdup(text))) &&
            atomic_compare_exchange_strong(&made[i].name, &name, copy))
            return i;
        if (name && strcmp(name, text) == 0)
            break;
    }
    free(copy);
    return i;
}

/* What the collector calls our region. */
static __itt_pt_region made_number(int region)
{
    char *name = region < REGIONS - 1 ? atomic_load_explicit(&made[region].name, memory_order_acquire) : NULL;
    if (!name || !__itt_pt_region_create_ptr)
        return (__itt_pt_region)region;
    int number = atomic_load_explicit(&made[region].number, memory_order_relaxed);
    if (number == 0) {
        number = __itt_pt_region_create(name) + 1;
        if (!__itt_pt_region_create_ptr) /* the first call of all has found no collector */
            return (__itt_pt_region)region;
        atomic_store_explicit(&made[region].number, number, memory_order_relaxed);
    }
    return (__itt_pt_region)(number - 1);
}

PyObject *pt_region_create(PyObject *module, PyObject *name)
{
    (void)module;
    struct text text;
    if (text_argument(&text, name, "itt_pt_region_create", "name") < 0)
        return NULL;
    int region;
    Py_BEGIN_ALLOW_THREADS;
    region = made_find(text.bytes);
    made_number(region);
    Py_END_ALLOW_THREADS;
    text_close(&text);
    return PyLong_FromLong(region);
}

static int pt_region_argument(PyObject *value, const char *function)
{
    if (!PyLong_Check(value) || PyBool_Check(value)) {
        PyErr_Format(PyExc_TypeError,
                     "%s() argument 'region' must be an int made by itt_pt_region_create(), not %.200s",
                     function, Py_TYPE(value)->tp_name);
        return -1;
    }
    int overflow;
    long region = PyLong_AsLongAndOverflow(value, &overflow);
    if (overflow || region < 0 || region >= REGIONS) {
        PyErr_Format(PyExc_ValueError, "%s() argument 'region' must be in 0..%d", function, REGIONS - 1);
        return -1;
    }
    return (int)region;
}

PyObject *pt_region_begin(PyObject *module, PyObject *region)
{
    (void)module;
    int number = pt_region_argument(region, "itt_pt_region_begin");
    if (number < 0)
        return NULL;
    __itt_mark_pt_region_begin(made_number(number));
    Py_RETURN_NONE;
}

PyObject *pt_region_end(PyObject *module, PyObject *region)
{
    (void)module;
    int number = pt_region_argument(region, "itt_pt_region_end");
    if (number < 0)
        return NULL;
    __itt_mark_pt_region_end(made_number(number));
    Py_RETURN_NONE;
}
