#define _GNU_SOURCE
#include "control.h"
#include "event.h"
#include "guard.h"
#include "join.h"
#include "room.h"
#include "thread.h"
#include "wire.h"

static const char track_name[] = "itt collection";

/* A begin or end of the "paused" slice on the recording's own track (key 0). */
static void show(struct writer *w, uint32_t type, uint64_t time)
{
    uint64_t uuid = w->join->track_bits | 1;
    struct event event = {.type = type, .time = time > w->last ? time : w->last, .track = uuid};
    uint64_t word;
    uint8_t *track;
    if (!room_reserve(w, 256))
        return;
    uint8_t *at = event_open(w, w->at, &word);
    at = wire_open(at, 60, &track);
    at = wire_uint(at, 1, uuid);
    at = wire_text(at, 2, track_name, sizeof track_name - 1);
    at = wire_close(at, track);
    writer_commit(w, event_close(w->at, at, word), at);
    if (type == EVENT_BEGIN) {
        event.name_text = (struct text){"paused", 6};
        event.category_text = (struct text){"itt", 3};
    }
    event.time = event.time > w->last ? event.time : w->last;
    event_write(w, &event);
}

/*
 * Changes the state from one without `unless` to one with `set` and without `clear`; shows it if it was the one that
 * changed it. The time of a begin is taken before, that of an end after: so they are in order on the track.
 */
static void change(uint32_t unless, uint32_t set, uint32_t clear)
{
    struct writer *w = thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    uint32_t state = atomic_load_explicit(&w->head->state, memory_order_acquire);
    bool ready = ((set | state) & ITT_STATE_SHOWN) && room_reserve(w, 256);
    uint64_t before = ready ? writer_time(w, clock_ticks()) : 0;
    bool changed = false;
    while (!changed && !(state & (unless | ITT_STATE_DETACHED)) && (state & clear || set != 0))
        changed = atomic_compare_exchange_weak_explicit(&w->head->state, &state, (state | set) & ~clear,
                                                        memory_order_acq_rel, memory_order_acquire);
    if (changed && ready && set & ITT_STATE_SHOWN)
        show(w, EVENT_BEGIN, before);
    else if (changed && ready && state & clear & ITT_STATE_SHOWN)
        show(w, EVENT_END, writer_time(w, clock_ticks()));
    thread_leave(w);
    guard_leave(guard);
}

void control_pause(void)
{
    change(ITT_STATE_PAUSED | ITT_STATE_STOPPED, ITT_STATE_PAUSED | ITT_STATE_SHOWN, 0);
}

void control_resume(void)
{
    change(0, 0, ITT_STATE_PAUSED | ITT_STATE_SHOWN);
}

void control_detach(void)
{
    change(0, ITT_STATE_DETACHED, ITT_STATE_PAUSED | ITT_STATE_SHOWN);
}

void control_show_start(void)
{
    if (atomic_load_explicit(&join_now()->head->state, memory_order_relaxed) == ITT_STATE_PAUSED)
        change(ITT_STATE_SHOWN, ITT_STATE_SHOWN, 0);
}
