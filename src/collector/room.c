#define _GNU_SOURCE
#include "room.h"
#include "join.h"
#include "segment.h"
#include "slot.h"
#include "thread.h"
#include <errno.h>
#include <signal.h>

/*
 * Errors of the disk end the recording for all. Others only this thread's part of it, and a shortage that may pass not
 * even that. (EFBIG is a limit of this process, or each other one finds it too.)
 */
static bool room_fail(struct writer *w, int error)
{
    if (error == ENOSPC || error == EDQUOT || error == EIO || error == EROFS || error == EOPNOTSUPP)
        join_stop((uint32_t)error);
    w->failed = error != EMFILE && error != ENFILE && error != ENOMEM;
    atomic_store_explicit(&joined.head->join_error, (uint32_t)error, memory_order_relaxed);
    if (!w->complained)
        atomic_fetch_add_explicit(&joined.head->failed_joins, 1, memory_order_relaxed);
    w->complained = true;
    return false;
}

static int advance(struct writer *w, size_t size)
{
    int error = 0;
    if (!w->live)
        thread_begin(w);
    if (w->slot_size == 0)
        error = slot_take(w, ITT_SMALL_CHUNK);
    if (w->at != NULL)
        w->rest = w->at;
    while (error == 0 && !segment_start(w, size)) {
        if (w->rest == writer_slot(w) && w->slot_size == ITT_LARGE_CHUNK)
            error = EMSGSIZE; /* cannot be: everything is bounded to fit a large slot */
        else
            error = slot_turn(w);
    }
    return error;
}

/* Signals wait meanwhile, but for those that the program's own faults raise: a handler could fork, or take long. */
bool room_advance(struct writer *w, size_t size)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t others, before;
    if (w->failed || atomic_load_explicit(&joined.head->state, memory_order_relaxed) & ITT_STATE_STOPPED)
        return false;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&others, faults[i]);
    pthread_sigmask(SIG_BLOCK, &others, &before);
    int error = advance(w, size);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 || room_fail(w, error);
}
