#include "pt_region.h"

#include "text.h"

#include <ittnotify.h>

enum { REGIONS = 8 };

PyObject *pt_region_create(PyObject *module, PyObject *name)
{
    (void)module;
    struct text text;
    if (text_argument(&text, name, "itt_pt_region_create", "name") < 0)
        return NULL;
    __itt_pt_region region;
    Py_BEGIN_ALLOW_THREADS;
    region = __itt_pt_region_create(text.bytes);
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
    __itt_mark_pt_region_begin((__itt_pt_region)number);
    Py_RETURN_NONE;
}

PyObject *pt_region_end(PyObject *module, PyObject *region)
{
    (void)module;
    int number = pt_region_argument(region, "itt_pt_region_end");
    if (number < 0)
        return NULL;
    __itt_mark_pt_region_end((__itt_pt_region)number);
    Py_RETURN_NONE;
}
