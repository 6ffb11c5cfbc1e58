#include "caller.h"

#include "compat.h"

#include <frameobject.h>

enum { SUSPENDS = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE };

/* ---- Frame objects: right everywhere, but Python makes them only when somebody asks ---- */

static PyFrameObject *frame_running(void)
{
    return PyThreadState_GetFrame(PyThreadState_Get());
}

static PyObject *frame_globals(PyFrameObject *frame)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *globals = PyFrame_GetGlobals(frame);
    Py_DECREF(globals); /* the frame, which runs, holds it */
    return globals;
#else
    return frame->f_globals;
#endif
}

static PyCodeObject *frame_code(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code);
    return code;
}

static int is_contextlib(const struct state *state, PyObject *globals)
{
    PyObject *name = globals ? dict_get(globals, state->dunder_name) : NULL;
    int is = name && PyUnicode_Check(name) && PyUnicode_Compare(name, state->contextlib) == 0;
    Py_XDECREF(name);
    return is;
}

/* The innermost frame that is not contextlib's, a new reference, or NULL. */
static PyFrameObject *frame_beyond(const struct state *state)
{
    PyFrameObject *frame = frame_running();
    while (frame && is_contextlib(state, frame_globals(frame))) {
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    return frame;
}

/* ---- The running frame, as cheaply as the version allows ---- */

#if PY_VERSION_HEX >= 0x030F0000
typedef PyFrameObject frame;
#elif PY_VERSION_HEX >= 0x030C0000
typedef struct _PyInterpreterFrame frame;
#elif PY_VERSION_HEX >= 0x030B0000
/* How a frame of 3.11 begins, which no release of 3.11 will change. */
typedef const struct {
    PyObject *function, *globals, *builtins, *locals;
    PyCodeObject *code;
} frame;
#else
typedef PyFrameObject frame;
#endif

/* It stays where it is while it runs or waits. */
static inline frame *frame_address(void)
{
#if PY_VERSION_HEX >= 0x030F0000
    PyFrameObject *running = frame_running();
    Py_XDECREF(running); /* it runs */
    return running;
#elif PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked()->current_frame;
#elif PY_VERSION_HEX >= 0x030B0000
    return (frame *)(const void *)PyThreadState_Get()->cframe->current_frame;
#else
    return PyEval_GetFrame();
#endif
}

/* The code of the running frame, borrowed. */
static inline PyCodeObject *code_running(frame *running)
{
#if PY_VERSION_HEX >= 0x030F0000
    return running ? frame_code(running) : NULL;
#elif PY_VERSION_HEX >= 0x030C0000
    PyObject *code = running ? PyUnstable_InterpreterFrame_GetCode(running) : NULL;
    Py_XDECREF(code);
    return code && PyCode_Check(code) ? (PyCodeObject *)code : NULL;
#elif PY_VERSION_HEX >= 0x030B0000
    return running ? running->code : NULL;
#else
    return running ? running->f_code : NULL;
#endif
}

/* Whether a function of this name may be one of an exit stack's that enter and exit for others. */
static inline int is_of_a_stack(const struct state *state, const PyCodeObject *code)
{
    return code->co_name == state->exit || code->co_name == state->aexit ||
           code->co_name == state->enter_context || code->co_name == state->enter_async_context;
}

const void *caller_frame(void)
{
    return frame_address();
}

/* Frames that suspend are told by their frame objects, which know who waits for them. */
void caller_look(struct state *state, struct caller *caller)
{
    frame *running = frame_address();
    const PyCodeObject *code = code_running(running);
    caller->frame = running;
    caller->globals = NULL;
    caller->suspends = code ? code->co_flags & SUSPENDS : 0;
    int is_stack = code && is_of_a_stack(state, code) && is_contextlib(state, PyEval_GetGlobals());
    if (!caller->suspends && !is_stack)
        return;
    PyFrameObject *object = is_stack ? frame_beyond(state) : frame_running();
    caller->frame = object;
    if (is_stack) {
        caller->globals = object ? frame_globals(object) : NULL;
        caller->suspends = object ? frame_code(object)->co_flags & SUSPENDS : 0;
    }
    Py_XDECREF(object); /* it runs */
}

int caller_task(struct state *state, struct block *found)
{
    if (!blocks_count(state->blocks))
        return 0;
    int is = 0;
    PyFrameObject *frame = frame_beyond(state);
    while (frame && !is && frame_code(frame)->co_flags & SUSPENDS) {
        PyFrameObject *back = PyFrame_GetBack(frame);
        is = blocks_current(state->blocks, frame, found) && found->id.d1;
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    return is;
}

PyObject *caller_place(struct state *state)
{
    PyFrameObject *frame = frame_beyond(state);
    if (!frame)
        return PyUnicode_FromString("?");
    PyObject *place = PyUnicode_FromFormat("%U:%d", frame_code(frame)->co_name, PyFrame_GetLineNumber(frame));
    Py_DECREF(frame);
    return place;
}
