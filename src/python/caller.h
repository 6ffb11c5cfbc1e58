/* The Python code that called. */
#ifndef ITT_PYTHON_CALLER_H
#define ITT_PYTHON_CALLER_H

#include "block.h"

struct caller {
    const void *frame; /* tells it from all other frames that run or wait; NULL where no Python code runs */
    PyObject *globals; /* borrowed; NULL: those of the code that runs, PyEval_GetGlobals() */
    int suspends;      /* a coroutine, generator or async generator: others may run before it goes on */
};

/* What tells the frame of the code that runs, if that does not suspend. */
const void *caller_frame(void);

/* Looks at the code that runs; through contextlib's exit stacks at the code that uses them. */
void caller_look(struct state *state, struct caller *caller);

/* The overlapped task that the calling code is in: the newest that it has entered itself, or else a coroutine or generator
 * that waits for it. Returns whether there is one. */
int caller_task(struct state *state, struct block *found);

/* "function:line" of the calling code, a new reference; NULL with an exception. */
PyObject *caller_place(struct state *state);

#endif
