#define _GNU_SOURCE
#include "begins.h"
#include "amend.h"
#include "event.h"
#include "join.h"
#include "segment.h"
#include "slice.h"
#include "wire.h"

#define PLAIN_COST      72u /* of a begin without what was added to it, texts left out */
#define TRACK_COST      96u
#define TEXT_MAX        248u
#define FULL_MAX        2048u              /* a begin to which more was added goes on without that */
#define SPANS_LOOKED_AT (256u * SPAN_NEAR) /* more are open at once only in strange programs */
#define KEY_TRACK       (KEY_APART | KEY_LEVEL)

bool begins_go_on(const struct writer *w, uint32_t i)
{
    return w->join->ring_chunks != 0 && !(w->open[i].key & KEY_UNCOLLECTED) &&
           (i < w->going_on / 8 || i + (w->going_on - w->going_on / 8) >= w->depth);
}

static size_t plain_cost(const struct open_task *task)
{
    return PLAIN_COST + (task->name == 0 ? TEXT_MAX : 0);
}

size_t begins_restore_cost(const struct open_task *task)
{
    if (!(task->key & KEY_TRACK))
        return plain_cost(task);
    return plain_cost(task) + TRACK_COST + name_text(segment_domain_iid(task->key)).length;
}

size_t begins_cost(const struct writer *w, uint32_t i)
{
    const struct open_task *task = &w->open[i];
    bool told_once = !(task->key & KEY_APART && task->key & KEY_LEVEL); /* see segment_tell_track() */
    bool same = told_once && i > 0 && begins_go_on(w, i - 1) &&
                ((w->open[i - 1].key ^ task->key) & (KEY_TRACK | KEY_NUMBER)) == 0;
    return same ? plain_cost(task) : begins_restore_cost(task);
}

bool begins_in_slot(const struct writer *w, uint64_t where)
{
    return where - w->slot_offset < w->slot_size;
}

static bool has_room(const struct writer *w, size_t size)
{
    return w->end - w->at >= (ptrdiff_t)size;
}

/* As it was. False: too much was added to it, or it cannot be read. */
static bool write_again(struct writer *w, uint64_t *where, uint64_t time, size_t keep)
{
    struct written begin = {.where = *where, .time = time};
    size_t cost = amend_move_cost(w, *where);
    if (cost == 0 || cost > FULL_MAX || !has_room(w, cost + keep + 2 * WIRE_COVER_MIN))
        return false;
    bool moved = amend_move(w, &begin, 0);
    *where = begin.where;
    return moved;
}

static void write_plain(struct writer *w, struct open_task *task, uint64_t time)
{
    char text[TEXT_MAX];
    struct event event = {.type = EVENT_BEGIN,
                          .absolute = true,
                          .time = time,
                          .name = task->name,
                          .category = segment_domain_iid(task->key)};
    if (task->name == 0)
        event.name_text = (struct text){text, event_peek_name(w, task->where, text, sizeof text)};
    if (task->key & KEY_TRACK)
        event.track = segment_track(w, task->key);
    uint64_t old = task->where;
    task->where = event_write(w, &event);
    event_take_back(w, old);
}

static size_t cost_of_all(const struct writer *w)
{
    size_t cost = 0;
    for (uint32_t i = 0; i < w->depth; i++) {
        if (begins_go_on(w, i))
            cost += begins_cost(w, i);
    }
    return cost;
}

/* Whatever was estimated: nothing is written behind the slot, and `size` bytes stay free. */
static bool fits(struct writer *w, const struct open_task *task, size_t size)
{
    size += segment_cost_name(w, task->name) + segment_cost_domain(w, task->key);
    return has_room(w, size + segment_cost_track(w, task->key) + plain_cost(task) + WIRE_COVER_MIN);
}

static void carry_tasks(struct writer *w, size_t size, uint64_t boot_offset, uint64_t *amending)
{
    size_t keep = size + cost_of_all(w);
    for (uint32_t i = 0; i < w->depth; i++) {
        struct open_task *task = &w->open[i];
        uint64_t old = task->where, time = task->begin + boot_offset - w->boot_offset;
        if (task->key & KEY_UNCOLLECTED || (begins_in_slot(w, old) && boot_offset == w->boot_offset))
            continue;
        if (begins_go_on(w, i))
            keep -= begins_cost(w, i);
        if (!begins_go_on(w, i) || !fits(w, task, size)) {
            event_take_back(w, old);
            task->where = WHERE_GONE;
            task->key |= KEY_GONE;
            continue;
        }
        segment_tell_name(w, task->name);
        segment_tell_domain(w, task->key);
        segment_tell_track(w, task->key);
        if (!write_again(w, &task->where, time, keep))
            write_plain(w, task, time);
        task->key &= ~KEY_GONE;
        if (*amending == old)
            *amending = task->where;
    }
}

static void carry_events(struct writer *w, size_t size, uint64_t boot_offset)
{
    for (uint32_t i = 0; i < WRITER_EVENTS; i++) {
        struct open_event *event = &w->events[i];
        if (event->kind == 0 || event->where == 0 || event->where == WHERE_GONE ||
            begins_in_slot(w, event->where))
            continue;
        size_t keep = size + segment_cost_name(w, event->name);
        if (!has_room(w, keep + 2 * FULL_MAX))
            return;
        segment_tell_name(w, event->name);
        write_again(w, &event->where, event->begin + boot_offset - w->boot_offset, keep);
    }
}

/*
 * The begin of an open slice, if it lay in the slot. Another thread may end it meanwhile: what was copied is the begin of a slice on its
 * lane all the same, at its own time.
 */
static void carry_span(struct writer *w, struct span *span, const struct span *copy, size_t size,
                       uint64_t boot_offset, uint32_t first)
{
    const struct handed *handed = &w->handed;
    uint64_t inside = copy->where - handed->from, old = copy->where;
    uint32_t domain = copy->place & SPAN_DOMAIN;
    if (copy->lane == 0 || inside >= handed->size || (int32_t)(copy->segment - first) < 0)
        return;
    size_t cost =
        lane_cost_most(w, copy->lane) + segment_cost_name(w, copy->name) + segment_cost_domain(w, domain);
    if (lane_at(w, copy->lane)->track == 0 || !has_room(w, size + cost + 2 * FULL_MAX))
        return;
    segment_tell_name(w, copy->name);
    segment_tell_domain(w, domain);
    lane_tell(w, copy->lane);
    uint64_t where = handed->where + inside;
    if (write_again(w, &where, copy->begin + boot_offset - w->boot_offset, size) &&
        atomic_compare_exchange_strong_explicit(&span->where, &old, where, memory_order_relaxed,
                                                memory_order_relaxed))
        SPAN_SET(span->segment, w->segment);
}

static void carry_spans(struct writer *w, size_t size, uint64_t boot_offset, uint32_t first)
{
    struct spans *spans = slice_spans(w);
    struct span copy;
    for (uint32_t cell = 0; cell < SPANS_LOOKED_AT; cell++) {
        if (span_copy_open(spans, cell, &copy))
            carry_span(w, span_at(spans, cell), &copy, size, boot_offset, first);
    }
    for (uint32_t i = 0; i < w->depth; i++) {
        if ((w->open[i].key & (KEY_LANE | KEY_LOST)) != KEY_LANE || w->open[i].key & KEY_ID)
            continue;
        struct span *span = slice_span(w, w->open[i].where);
        copy = *span;
        carry_span(w, span, &copy, size, boot_offset, first);
    }
}

void begins_carry(struct writer *w, size_t size, uint64_t boot_offset, uint32_t first)
{
    uint64_t amending = w->amending;
    carry_tasks(w, size, boot_offset, &amending);
    carry_events(w, size, boot_offset);
    if (w->handed.held)
        carry_spans(w, size, boot_offset, first);
    w->amending = amending;
}

void begins_restore(struct writer *w, struct open_task *task)
{
    segment_tell_track(w, task->key);
    write_plain(w, task, task->begin);
    task->key &= ~KEY_GONE;
}
