#include "thread.h"

#include "compat.h"
#include "text.h"

#include <ittnotify.h>

atomic_uint thread_era = 1;
_Thread_local unsigned thread_told __attribute__((tls_model("initial-exec")));

/* What thread_set_name() was told last, as far as a collector keeps it; empty: nothing. Told again in each recording. */
static _Thread_local char own_name[64];

void thread_forget(void)
{
    if (atomic_fetch_add(&thread_era, 1) + 1 == 0)
        atomic_fetch_add(&thread_era, 1);
}

/* The thread's object in threading._active, or NULL: for threads that threading did not start, and where threading
 * was never imported. */
static PyObject *thread_object(struct state *state)
{
    PyObject *module = PyImport_GetModule(state->threading);
    PyObject *active = module ? PyObject_GetAttr(module, state->active) : NULL;
    PyObject *ident =
        active && PyDict_CheckExact(active) ? PyLong_FromUnsignedLong(PyThread_get_thread_ident()) : NULL;
    PyObject *thread = ident ? dict_get(active, ident) : NULL;
    Py_XDECREF(ident);
    Py_XDECREF(active);
    Py_XDECREF(module);
    return thread;
}

/*
 * threading's own property is Python code, in which a signal's handler may run and raise what would then be lost. So what it
 * reads is read; a name that a subclass has in its own way is asked for.
 */
static PyObject *thread_name(struct state *state, PyObject *thread)
{
    PyObject *module = PyImport_GetModule(state->threading);
    PyObject *base = module ? PyObject_GetAttrString(module, "Thread") : NULL;
    PyObject *plain = base ? PyObject_GetAttr(base, state->name) : NULL;
    PyObject *own = PyObject_GetAttr((PyObject *)Py_TYPE(thread), state->name);
    PyObject *name = own && own == plain ? PyObject_GetAttrString(thread, "_name") : NULL;
    if (!name) {
        PyErr_Clear();
        name = PyObject_GetAttr(thread, state->name);
    }
    if (!name && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
        PyErr_SetInterrupt();
    Py_XDECREF(own);
    Py_XDECREF(plain);
    Py_XDECREF(base);
    Py_XDECREF(module);
    return name;
}

/* "MainThread" and "Dummy-1" say less than the name that the system knows. */
static int is_telling(PyObject *thread, PyObject *name)
{
    return PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "MainThread") != 0 &&
           strcmp(Py_TYPE(thread)->tp_name, "_DummyThread") != 0;
}

/* At a thread's first label. Whatever goes wrong, the label is not the place to say so. */
void thread_tell(struct state *state)
{
    PyObject *type, *value, *trace;
    thread_told = atomic_load_explicit(&thread_era, memory_order_relaxed);
    if (!__itt_thread_set_name_ptr)
        return;
    if (own_name[0] != '\0') {
        __itt_thread_set_name(own_name);
        return;
    }
    PyErr_Fetch(&type, &value, &trace);
    PyObject *thread = thread_object(state);
    PyObject *name = thread ? thread_name(state, thread) : NULL;
    struct text text;
    if (name && is_telling(thread, name) && text_argument(&text, name, "", "name") == 0) {
        __itt_thread_set_name(text.bytes);
        text_close(&text);
    }
    Py_XDECREF(name);
    Py_XDECREF(thread);
    PyErr_Restore(type, value, trace);
}

PyObject *thread_set_name(PyObject *module, PyObject *name)
{
    (void)module;
    struct text text;
    if (text_argument(&text, name, "thread_set_name", "name") < 0)
        return NULL;
    __itt_thread_set_name(text.bytes);
    strncpy(own_name, text.bytes, sizeof own_name - 1);
    text_close(&text);
    thread_told = atomic_load_explicit(&thread_era, memory_order_relaxed);
    Py_RETURN_NONE;
}
