/*
 * Around everything that may call the system: a label changes no errno, and is no point at which the host's thread
 * can be cancelled.
 */
#ifndef ITT_COLLECTOR_GUARD_H
#define ITT_COLLECTOR_GUARD_H

#include <errno.h>
#include <pthread.h>

struct guard {
    int error;
    int cancel;
};

static inline struct guard guard_enter(void)
{
    struct guard guard = {.error = errno};
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard.cancel);
    return guard;
}

static inline void guard_leave(struct guard guard)
{
    pthread_setcancelstate(guard.cancel, NULL);
    errno = guard.error;
}

#endif
