#include "control.h"

#include "compat.h"
#include "docs_types.h"
#include "state.h"

#include <ittnotify.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN, PAUSED, RESUMED, DETACHED };

/* A paused() or resumed() that somebody is in. The newest one counts. */
struct hold {
    struct hold *next;  /* the one before, of the whole process */
    struct hold *outer; /* and of the same object */
    int state;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hold *holds;
static int before_holds;   /* what was asked for before the first of them */
static atomic_int current; /* what was asked for last */

void control_forget(void)
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    lock = fresh;
}

void control_begin(void)
{
    const char *paused = getenv("ITT_START_PAUSED");
    atomic_store(&current, paused && strcmp(paused, "1") == 0 ? PAUSED : UNKNOWN);
}

/* A collector may take long to stop or to start: call without the GIL, and with the lock, for the order's sake. */
static void ask(int state)
{
    atomic_store(&current, state);
    if (state == PAUSED)
        __itt_pause();
    else if (state == RESUMED)
        __itt_resume();
    else
        __itt_detach();
}

static PyObject *ask_alone(int state)
{
    Py_BEGIN_ALLOW_THREADS;
    pthread_mutex_lock(&lock);
    ask(state);
    pthread_mutex_unlock(&lock);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

PyObject *control_pause(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return ask_alone(PAUSED);
}

PyObject *control_resume(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return ask_alone(RESUMED);
}

PyObject *control_detach(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return ask_alone(DETACHED);
}

/* A call that changes nothing has the collector loaded, if none was before. */
PyObject *control_active(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    if (__itt_get_timestamp_ptr)
        (void)__itt_get_timestamp();
    int state = atomic_load(&current);
    return PyBool_FromLong(__itt_task_begin_ptr && state != PAUSED && state != DETACHED);
}

/* ---- paused() and resumed() ---- */

struct control {
    PyObject_HEAD int state;
    struct hold *inner; /* the newest hold; under the lock */
};

static PyObject *control_make(PyObject *module, int wanted)
{
    struct state *state = state_of(module);
    if (!state)
        return NULL;
    PyTypeObject *type = (PyTypeObject *)state->control_type;
    struct control *self = (struct control *)type->tp_alloc(type, 0);
    if (self)
        self->state = wanted;
    return (PyObject *)self;
}

PyObject *control_paused(PyObject *module, PyObject *unused)
{
    (void)unused;
    return control_make(module, PAUSED);
}

PyObject *control_resumed(PyObject *module, PyObject *unused)
{
    (void)unused;
    return control_make(module, RESUMED);
}

static void hold_add(struct control *self, struct hold *hold)
{
    pthread_mutex_lock(&lock);
    int last = atomic_load(&current);
    if (!holds)
        before_holds = last == UNKNOWN ? PAUSED + RESUMED - self->state : last;
    hold->state = self->state;
    hold->next = holds;
    hold->outer = self->inner;
    holds = self->inner = hold;
    if (last != DETACHED && last != self->state)
        ask(self->state);
    pthread_mutex_unlock(&lock);
}

static void hold_remove(struct control *self)
{
    pthread_mutex_lock(&lock);
    struct hold *hold = self->inner;
    if (hold) {
        struct hold **link = &holds;
        while (*link != hold)
            link = &(*link)->next;
        *link = hold->next;
        self->inner = hold->outer;
        free(hold);
        int last = atomic_load(&current);
        int wanted = holds ? holds->state : before_holds;
        if (last != DETACHED && last != wanted)
            ask(wanted);
    }
    pthread_mutex_unlock(&lock);
}

static PyObject *control_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct hold *hold = malloc(sizeof *hold);
    if (!hold)
        return PyErr_NoMemory();
    Py_BEGIN_ALLOW_THREADS;
    hold_add((struct control *)self, hold);
    Py_END_ALLOW_THREADS;
    return Py_NewRef(self);
}

static PyObject *control_exit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    (void)args, (void)count;
    Py_BEGIN_ALLOW_THREADS;
    hold_remove((struct control *)self);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

/* Of an object that goes while somebody is in it, the holds go as well: nobody could leave them. */
static void control_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    while (((struct control *)self)->inner)
        hold_remove((struct control *)self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *control_repr(PyObject *self)
{
    return PyUnicode_FromString(((struct control *)self)->state == PAUSED ? "<itt.paused()>"
                                                                          : "<itt.resumed()>");
}

static PyMethodDef control_methods[] = {
    {"__enter__", control_enter, METH_NOARGS, doc_enter},
    {"__exit__", FASTCALL(control_exit), METH_FASTCALL, doc_exit},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot control_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_control_type},
    {Py_tp_dealloc, SLOT(control_dealloc)},
    {Py_tp_repr, SLOT(control_repr)},
    {Py_tp_methods, control_methods},
    {0, NULL},
};

PyType_Spec control_spec = {
    .name = "itt.Control",
    .basicsize = sizeof(struct control),
    .flags = Py_TPFLAGS_DEFAULT | TYPE_IMMUTABLE | TYPE_NO_NEW,
    .slots = control_slots,
};
