#define _GNU_SOURCE
#include "lock.h"
#include "part.h"
#include "platform.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/*
 * How often to nap for another thread that loads the collector: some 10 s. Longer, and it most likely waits for us,
 * as where this call comes from a constructor, which runs under the loader's own lock.
 */
#ifndef ITT_PART_PATIENCE
#define ITT_PART_PATIENCE 10000u
#endif

/* The same for a fork, which can do without the lock. */
#define FORK_PATIENCE (ITT_PART_PATIENCE / 10)

static _Atomic uint64_t owner; /* itt_part_self() of the holder, or 0 */
static _Atomic bool stuck;     /* somebody lost patience with the present holder */
static unsigned depth;         /* of the holder */
static uint64_t forking;       /* the holder, while it forks; under the lock */

static void mutex_make(pthread_mutex_t *mutex)
{
#if defined(PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP)
    static const pthread_mutex_t fresh = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

    *mutex = fresh;
#else
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
#endif
}

static bool owner_take(uint64_t self, unsigned patience, bool *orphaned)
{
    for (unsigned round = 0;; round++) {
        uint64_t seen = 0;

        *orphaned = false;
        if (atomic_compare_exchange_strong(&owner, &seen, self))
            return true;
        if (seen >> 32 != self >> 32) { /* a thread of the parent: it will never give it back here */
            *orphaned = true;
            if (atomic_compare_exchange_strong(&owner, &seen, self))
                return true;
        }
        if (round >= patience || atomic_load(&stuck))
            return false;
        itt_part_nap(round);
    }
}

static bool lock(unsigned patience)
{
    const int error = errno;
    const uint64_t self = itt_part_self();
    bool taken = true;
    bool orphaned = false;

    if (atomic_load(&owner) == self) {
        if (depth == 0) /* a handler, in the midst of taking it or of giving it back */
            return false;
        depth++;
        return true;
    }
    taken = owner_take(self, patience, &orphaned);
    if (taken) {
        depth = 1;
        if (orphaned || !itt_part.mutex_initialized)
            mutex_make(&itt_part.mutex);
        itt_part.mutex_initialized = 1;
        pthread_mutex_lock(&itt_part.mutex);
        if (orphaned)
            itt_part_abandon();
    }
    errno = error;
    return taken;
}

bool itt_part_lock(void)
{
    const bool taken = lock(ITT_PART_PATIENCE);

    if (!taken && atomic_load(&owner) != itt_part_self())
        atomic_store(&stuck, true);
    return taken;
}

void itt_part_unlock(void)
{
    /* The holder itself may have forked: then this is the child, and the lock was never the child's. */
    if (atomic_load(&owner) != itt_part_self() && !itt_part_lock())
        return;
    if (--depth > 0)
        return;
    pthread_mutex_unlock(&itt_part.mutex);
    atomic_store(&stuck, false);
    atomic_store(&owner, 0);
}

/* A fork waits for another thread that is inside, so that the child finds nothing half done. */
static void before_fork(void)
{
    if (lock(FORK_PATIENCE))
        forking = itt_part_self();
}

static void after_fork(void)
{
    if (atomic_load(&owner) != itt_part_self())
        return;
    forking = 0;
    itt_part_unlock();
}

static void after_fork_in_child(void)
{
    if (forking == 0 || atomic_load(&owner) != forking)
        return;
    mutex_make(&itt_part.mutex); /* it is the parent's thread's */
    pthread_mutex_lock(&itt_part.mutex);
    atomic_store(&owner, itt_part_self());
    after_fork();
}

void itt_part_lock_forks(void)
{
    static bool done;

    if (!done)
        done = pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0;
}
