/* Which writer a thread has: from its first call to its end, and across fork. */
#ifndef ITT_COLLECTOR_THREAD_H
#define ITT_COLLECTOR_THREAD_H

#include "join.h"
#include "writer.h"

/*
 * The calling thread's writer in thread-local storage, as its distance from the one that stands for none: of a thread that starts
 * while another one loads us, the loader may miss that memory, which is then all zeros.
 */
extern __thread uintptr_t thread_distance __attribute__((tls_model("initial-exec"), visibility("hidden")));
extern const uint32_t thread_none __attribute__((visibility("hidden")));

static inline struct writer *thread_writer(void)
{
    return (struct writer *)((uintptr_t)&thread_none + thread_distance);
}

/* Whether the writer is in another recording than is on now, or that is over. */
static inline bool thread_is_behind(const struct writer *w)
{
    const struct join *join = join_now();
    return atomic_load_explicit(&w->join, memory_order_relaxed) != join || join_is_over(join);
}

/* Once a process image. 0 or an errno. */
int thread_init(void);

/* A busy writer goes over to the recording that is on now. False: none is. */
bool thread_follow(struct writer *w);

/*
 * The calling thread's writer, marked busy, in the recording that is on now. NULL where there is none, or where the call
 * cannot be recorded (it is nested in another, or there is no memory): counted as lost. thread_leave() ends the call.
 */
struct writer *thread_enter_slow(void);

static inline struct writer *thread_enter(void)
{
    struct writer *w = thread_writer();
    if (__builtin_expect(w->busy, 0))
        return thread_enter_slow();
    w->busy = 1;
    platform_fence();
    if (__builtin_expect(thread_is_behind(w), 0) && !thread_follow(w)) {
        platform_fence();
        w->busy = 0;
        return NULL;
    }
    return w;
}

static inline void thread_leave(struct writer *w)
{
    platform_fence();
    w->busy = 0;
}

/*
 * Between these two a label of one of this thread's handlers is lost, as in the middle of another one. False: it was so before, and no
 * thread_open() is due.
 */
bool thread_shut(void);
void thread_open(void);

/* Of a recording that is over: takes the windows of all writers away. How many writers still have the recording. */
uint32_t thread_sweep(struct join *join, bool windows);

/* The writer is this thread's from here on: before its first segment. */
void thread_begin(struct writer *w);

#endif
