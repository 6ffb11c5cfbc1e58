/* Which writer a thread has: from its first call to its end, and across fork. */
#ifndef ITT_COLLECTOR_THREAD_H
#define ITT_COLLECTOR_THREAD_H

#include "writer.h"

/* In thread-local storage: this pointer, and what a fork needs to know. */
extern __thread struct writer *thread_current
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Once a process image. 0 or an errno. */
int thread_init(void);

/*
 * The calling thread's writer, marked busy; NULL where the call cannot be recorded (it is nested in another, or
 * there is no memory): counted as lost. thread_leave() ends the call.
 */
struct writer *thread_enter_slow(void);

static inline struct writer *thread_enter(void)
{
    struct writer *w = thread_current;
    if (__builtin_expect(w->busy, 0))
        return thread_enter_slow();
    w->busy = 1;
    platform_fence();
    return w;
}

static inline void thread_leave(struct writer *w)
{
    platform_fence();
    w->busy = 0;
}

/* The writer is this thread's from here on: before its first segment. */
void thread_begin(struct writer *w);

#endif
