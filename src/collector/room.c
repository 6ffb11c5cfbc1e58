#define _GNU_SOURCE
#include "room.h"
#include "join.h"
#include "name.h"
#include "process.h"
#include "segment.h"
#include "slot.h"
#include "thread.h"
#include <errno.h>

/*
 * Errors of the disk end the recording for all. Others only this thread's part of it, and a shortage that may pass not
 * even that. (EFBIG is a limit of this process, or each other one finds it too.)
 */
static bool room_fail(struct writer *w, int error)
{
    if (error == ENOSPC || error == EDQUOT || error == EIO || error == EROFS || error == EOPNOTSUPP ||
        error == ITT_STOP_MAX_SIZE)
        join_stop(w->head, (uint32_t)error);
    if (error == ITT_STOP_MAX_SIZE)
        return false; /* as was asked for */
    w->failed = error != EMFILE && error != ENFILE && error != ENOMEM;
    atomic_store_explicit(&w->head->join_error, (uint32_t)error, memory_order_relaxed);
    if (!w->complained)
        atomic_fetch_add_explicit(&w->head->failed_joins, 1, memory_order_relaxed);
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
            error = EMSGSIZE;
        else
            error = slot_turn(w);
    }
    if (w->handed.held) {
        if (error == EMSGSIZE)
            segment_start(w, 0); /* what is open goes on in a segment all the same */
        slot_let_go(w);
    }
    return error;
}

void room_lost(struct writer *w)
{
    if (!w->join->astray &&
        !(atomic_load_explicit(&w->head->state, memory_order_relaxed) & ITT_STATE_DETACHED))
        atomic_fetch_add_explicit(&w->head->lost_space, 1, memory_order_relaxed);
}

bool room_advance(struct writer *w, size_t size)
{
    sigset_t before;
    if (w->failed || w->join->astray ||
        atomic_load_explicit(&w->head->state, memory_order_relaxed) & ITT_STATE_STOPPED)
        return false;
    if (!join_hold(w->join, &before))
        return false;
    int error = advance(w, size);
    join_let_go(w->join, &before);
    if (error == EMSGSIZE)
        return false; /* a very large event, where very many tasks are open: lost alone, the next one fits */
    return error == 0 || room_fail(w, error);
}

bool room_for(struct writer *w, uint32_t name, uint32_t category, size_t size)
{
    size_t need = size + segment_cost_name(w, name) + (category == 0 ? 0 : segment_cost_domain(w, category));
    size_t most = size + 256 + name_text(name).length + name_text(category).length;
    bool slept = w->live && w->boot_offset != process_boot_offset();
    if ((slept || writer_room(w) < (intptr_t)need + 8) && !room_advance(w, most))
        return false;
    segment_tell_name(w, name);
    if (category != 0)
        segment_tell_domain(w, category);
    return true;
}
