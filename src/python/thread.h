/* The name of a thread, as Python's threading module knows it. */
#ifndef ITT_PYTHON_THREAD_H
#define ITT_PYTHON_THREAD_H

#include "state.h"

#include <stdatomic.h>

/* The name is told once in each of these; 0 is before the first. */
extern atomic_uint thread_era;
extern _Thread_local unsigned thread_told __attribute__((tls_model("initial-exec")));

/* From now on every thread's name is told anew: in a forked child, and where another recording begins. */
void thread_forget(void);

void thread_tell(struct state *state);

/* For every label that somebody listens to, before it is passed on. Costs two loads. */
static inline void thread_introduce(struct state *state)
{
    if (thread_told != atomic_load_explicit(&thread_era, memory_order_relaxed))
        thread_tell(state);
}

PyObject *thread_set_name(PyObject *module, PyObject *name);

#endif
