#include "task_type.h"

#include "block.h"
#include "compat.h"
#include "decorate.h"
#include "docs_task.h"
#include "id.h"
#include "ready.h"
#include "text.h"

#include <pythread.h>
#include <structmember.h>

struct task {
    PyObject_HEAD struct label label;
    PyObject *weak;
    struct block *blocks; /* the newest that was entered */
    /* A first block on a thread's stack needs no memory: the frame that entered, NULL if there is none. */
    const void *frame;
    unsigned long thread;
    const __itt_domain *domain;
    Py_ssize_t unseen; /* blocks entered while nobody listened */
};

/* Many threads may use one Task at once. Where there is a GIL, it keeps them apart. */
#ifdef Py_GIL_DISABLED
#define LOAD(place)         __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define STORE(place, value) __atomic_store_n(&(place), value, __ATOMIC_RELEASE)
#define ADD(place, value)   __atomic_fetch_add(&(place), value, __ATOMIC_RELAXED)
#else
#define LOAD(place)         (place)
#define STORE(place, value) ((place) = (value))
#define ADD(place, value)   ((place) += (value))
#endif

/* No frame is there: who fills the place of a Task has it meanwhile. */
#define FILLING ((const void *)(uintptr_t)1)

static int place_claim(struct task *task)
{
#ifdef Py_GIL_DISABLED
    const void *none = NULL;
    return __atomic_compare_exchange_n(&task->frame, &none, FILLING, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
#else
    return !task->frame;
#endif
}

/* ---- Which blocks are open ---- */

static int has_blocks(const struct task *task)
{
    return LOAD(task->frame) || LOAD(task->blocks);
}

static int slot_take(struct task *task, const struct caller *caller, const struct begun *begun)
{
    if (begun->id.d1 || LOAD(task->blocks) || !place_claim(task))
        return 0;
    task->thread = PyThread_get_thread_ident();
    task->domain = begun->domain;
    STORE(task->frame, caller->frame);
    return 1;
}

/* Remembers a block; BEGUN may be nothing. */
static void remember(struct state *state, struct task *task, const struct caller *caller,
                     const struct begun *begun)
{
    if (!begun->domain && !has_blocks(task)) {
        ADD(task->unseen, 1);
        return;
    }
    if (caller->frame && slot_take(task, caller, begun))
        return;
    const struct block block = {
        .domain = begun->domain,
        .id = begun->id,
        .frame = caller->frame,
        .thread = PyThread_get_thread_ident(),
    };
    if (blocks_add(state->blocks, &task->blocks, &block) < 0 && begun->domain) {
        label_end(begun);
        ADD(task->unseen, 1);
    }
}

static int is_placed(const struct task *task)
{
    const void *frame = LOAD(task->frame);
    return frame && frame != FILLING;
}

static int slot_release(struct task *task, struct begun *begun)
{
    begun->domain = task->domain;
    STORE(task->frame, NULL);
    return 1;
}

/* Finds the block that ends: the newest of the calling frame. Where that has none, the block was entered while
 * nobody listened, or by other code, as by a method that enters for another one that exits. */
static int recall(struct state *state, struct task *task, const struct caller *caller, struct begun *begun)
{
    struct block found;
    int is = LOAD(task->blocks) && blocks_take(state->blocks, &task->blocks, caller->frame, &found);
    if (!is && caller->frame && LOAD(task->frame) == caller->frame)
        return slot_release(task, begun);
    if (!is && LOAD(task->unseen) > 0) {
        ADD(task->unseen, -1);
        return 0;
    }
    if (!is && !(is = blocks_take_other(state->blocks, &task->blocks, &found)))
        return is_placed(task) && task->thread == PyThread_get_thread_ident() && slot_release(task, begun);
    begun->domain = found.domain;
    begun->id = found.id;
    return begun->domain != NULL;
}

static int enter(PyObject *self)
{
    struct task *task = (struct task *)self;
    int on = label_is_on(&task->label);
    if (!on && !has_blocks(task)) {
        ADD(task->unseen, 1);
        return 0;
    }
    struct state *state = state_of_object(self);
    if (!state)
        return 0;
    struct caller caller;
    struct begun begun = {NULL, {0, 0, 0}};
    caller_look(state, &caller);
    if (on && label_begin(state, &task->label, &caller, &begun) < 0)
        return -1;
    remember(state, task, &caller, &begun);
    return 0;
}

static void leave(PyObject *self, PyObject *exception)
{
    struct task *task = (struct task *)self;
    if (!has_blocks(task)) {
        if (LOAD(task->unseen) > 0)
            ADD(task->unseen, -1);
        return;
    }
    struct begun begun = {NULL, {0, 0, 0}};
    struct state *state = NULL;
    if (!LOAD(task->blocks) && LOAD(task->frame) == caller_frame()) { /* the most usual case */
        slot_release(task, &begun);
    } else {
        struct caller caller;
        if (!(state = state_of_object(self)))
            return;
        caller_look(state, &caller);
        if (!recall(state, task, &caller, &begun))
            return;
    }
    if (exception != Py_None && (state || (state = state_of_object(self))))
        label_mark(state, &begun, exception);
    label_end(&begun);
}

__itt_id task_entered(struct state *state, PyObject *self, const void *frame)
{
    struct task *task = (struct task *)self;
    struct block found;
    if (LOAD(task->blocks) && (blocks_find(state->blocks, &task->blocks, frame, &found) ||
                               blocks_find_newest(state->blocks, &task->blocks, &found)))
        return found.id;
    return __itt_null;
}

/* ---- Methods ---- */

static PyObject *task_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    return enter(self) < 0 ? NULL : Py_NewRef(self);
}

static int exit_check(Py_ssize_t count, const char *function)
{
    if (count == 3)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s() takes 3 positional arguments (type, value, traceback), not %zd",
                 function, count);
    return -1;
}

static PyObject *task_exit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (exit_check(count, "__exit__") < 0)
        return NULL;
    leave(self, args[0]);
    Py_RETURN_NONE;
}

static PyObject *task_aenter(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    PyObject *ready = state ? ready_object(state, self) : NULL;
    if (ready && enter(self) < 0)
        Py_CLEAR(ready);
    return ready;
}

static PyObject *task_aexit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (exit_check(count, "__aexit__") < 0)
        return NULL;
    leave(self, args[0]);
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    return state ? Py_NewRef(state->ready) : NULL;
}

static PyObject *task_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    if (!state)
        return NULL;
    if (PyTuple_GET_SIZE(args) == 1 && (!keywords || !PyDict_GET_SIZE(keywords)))
        return decorate(state, &((struct task *)self)->label, PyTuple_GET_ITEM(args, 0));
    PyErr_SetString(PyExc_TypeError,
                    "a Task takes one function, to decorate it, or is used in a with statement");
    return NULL;
}

static PyObject *task_id(PyObject *self, void *closure)
{
    (void)closure;
    struct task *task = (struct task *)self;
    struct state *state = LOAD(task->blocks) ? state_of_object(self) : NULL;
    if (!state)
        Py_RETURN_NONE;
    struct caller caller;
    struct block found;
    caller_look(state, &caller);
    if (!blocks_find(state->blocks, &task->blocks, caller.frame, &found) || !found.id.d1)
        Py_RETURN_NONE;
    return id_object(state, found.id, found.domain);
}

static PyObject *task_repr(PyObject *self)
{
    const struct label *label = &((struct task *)self)->label;
    return label->name ? PyUnicode_FromFormat("<itt.Task %R>", label->name)
                       : PyUnicode_FromString("<itt.Task>");
}

static PyObject *task_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)type, (void)args, (void)keywords;
    PyErr_SetString(PyExc_TypeError, "a Task is made by itt.task()");
    return NULL;
}

static int task_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return label_traverse(&((struct task *)self)->label, visit, arg);
}

static int task_clear(PyObject *self)
{
    label_clear(&((struct task *)self)->label);
    return 0;
}

static void blocks_drop(struct task *task)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    struct state *state = state_of_object((PyObject *)task);
    if (state)
        blocks_forget(state->blocks, &task->blocks);
    PyErr_Restore(type, value, traceback);
}

void task_dealloc(PyObject *self)
{
    struct task *task = (struct task *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, task_dealloc); /* parents of parents of ... */
    if (task->weak)
        PyObject_ClearWeakRefs(self);
    if (task->blocks)
        blocks_drop(task);
    label_clear(&task->label);
    PyObject_GC_Del(self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static PyMethodDef task_methods[] = {
    {"__enter__", task_enter, METH_NOARGS, doc_task_enter},
    {"__exit__", FASTCALL(task_exit), METH_FASTCALL, doc_task_exit},
    {"__aenter__", task_aenter, METH_NOARGS, doc_task_aenter},
    {"__aexit__", FASTCALL(task_aexit), METH_FASTCALL, doc_task_aexit},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef task_attributes[] = {
    {"id", task_id, NULL, doc_task_id, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef task_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct task, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot task_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_task_type},
    {Py_tp_new, SLOT(task_new)},
    {Py_tp_dealloc, SLOT(task_dealloc)},
    {Py_tp_traverse, SLOT(task_traverse)},
    {Py_tp_clear, SLOT(task_clear)},
    {Py_tp_repr, SLOT(task_repr)},
    {Py_tp_call, SLOT(task_call)},
    {Py_tp_methods, task_methods},
    {Py_tp_getset, task_attributes},
    {Py_tp_members, task_members},
    {0, NULL},
};

PyType_Spec task_spec = {
    .name = "itt.Task",
    .basicsize = sizeof(struct task),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | TYPE_IMMUTABLE,
    .slots = task_slots,
};

/* ---- Making ---- */

/* An empty Task. The garbage collector need not look at it as long as it holds a name at most. */
static struct task *task_alloc(struct state *state)
{
    struct task *task = PyObject_GC_New(struct task, (PyTypeObject *)state->task_type);
    if (!task)
        return NULL;
    memset((char *)task + sizeof(PyObject), 0, sizeof *task - sizeof(PyObject));
    return task;
}

PyObject *task_object(struct state *state, const struct label *label)
{
    struct task *task = task_alloc(state);
    if (!task)
        return NULL;
    if (label_copy(&task->label, label) < 0) {
        Py_DECREF(task);
        return NULL;
    }
    PyObject_GC_Track(task);
    return (PyObject *)task;
}

/* The first argument: a str, None, or what is to be decorated. Returns 0, or -1 with an exception. */
static int name_take(struct label *label, PyObject *name, PyObject **target)
{
    *target = NULL;
    if (PyUnicode_Check(name)) {
        if (text_check(name, "task", "name") < 0)
            return -1;
        /* A subclass may be part of a cycle. */
        label->name = PyUnicode_CheckExact(name) ? Py_NewRef(name) : PyUnicode_FromObject(name);
        if (!label->name)
            return -1;
    } else if (name != Py_None) {
        *target = name;
    }
    return 0;
}

PyObject *task_make(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    struct state *state = state_of(module);
    struct task *task = state ? task_alloc(state) : NULL;
    PyObject *result = (PyObject *)task;
    if (!task)
        return NULL;
    PyObject *target = NULL;
    if (count > 1) {
        PyErr_Format(PyExc_TypeError, "task() takes at most 1 positional argument (name), not %zd", count);
        goto failed;
    }
    if (count == 1 && name_take(&task->label, args[0], &target) < 0)
        goto failed;
    if (kwnames && label_take(state, &task->label, args + count, kwnames) < 0)
        goto failed;
    if (target) {
        result = decorate(state, &task->label, target);
        Py_DECREF(task);
        return result;
    }
    if (label_is_container(&task->label))
        PyObject_GC_Track(task);
    return result;

failed:
    Py_DECREF(task);
    return NULL;
}
