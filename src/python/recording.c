#define _GNU_SOURCE
#include "recording.h"

#include "control.h"
#include "thread.h"

#include <dlfcn.h>
#include <ittnotify.h>

/* By names of our own: Intel's header declares neither these nor the groups. Its static part cannot be bound a second time,
 * and is left alone: see itt/_record.py. */
extern int static_part_bind(const char *path, int groups) __asm__("__itt_init_ittlib");
extern void static_part_unbind(void) __asm__("__itt_fini_ittlib");

enum { ALL_GROUPS = -1 };

PyObject *recording_bind(PyObject *module, PyObject *path)
{
    PyObject *bytes;
    int bound;
    (void)module;
    if (!PyUnicode_FSConverter(path, &bytes))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    bound = static_part_bind(PyBytes_AS_STRING(bytes), ALL_GROUPS);
    Py_END_ALLOW_THREADS;
    Py_DECREF(bytes);
    thread_forget();
    control_begin();
    return PyBool_FromLong(bound);
}

PyObject *recording_unbind(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    Py_BEGIN_ALLOW_THREADS;
    static_part_unbind();
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

/* Until the first call the pointer is a function of this very module, and after it none or the collector's. */
PyObject *recording_collector(PyObject *module, PyObject *unused)
{
    Dl_info bound, own;
    (void)module, (void)unused;
    void *function = (void *)(uintptr_t)__itt_task_begin_ptr;
    if (!function || !dladdr(function, &bound) || !bound.dli_fname ||
        !dladdr((void *)(uintptr_t)recording_collector, &own) || own.dli_fbase == bound.dli_fbase)
        Py_RETURN_NONE;
    return PyUnicode_DecodeFSDefault(bound.dli_fname);
}
