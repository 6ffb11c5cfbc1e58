#define _GNU_SOURCE
#include "slice.h"
#include "flow.h"
#include "join.h"
#include "process.h"
#include "room.h"
#include "segment.h"
#include "wire.h"
#include <string.h>

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint32_t recording_state(const struct writer *w)
{
    return atomic_load_explicit(&w->head->state, memory_order_relaxed);
}

bool slice_prepare(struct writer *w, const struct event *event, uint32_t lane, size_t size)
{
    if (w->live && w->boot_offset != process_boot_offset() && !room_advance(w, size))
        return false; /* the machine slept: a new segment with a new clock snapshot */
    size_t need = size + segment_cost_name(w, event->name) + (lane == 0 ? 0 : lane_cost(w, lane));
    if (event->category != 0)
        need += segment_cost_domain(w, event->category);
    if (writer_room(w) < (intptr_t)(need + WIRE_COVER_MIN)) {
        need = size + 512 + name_text(event->name).length + name_text(event->category).length;
        need += lane == 0 ? 0 : lane_cost_most(w, lane);
        if (!room_advance(w, need))
            return false;
    }
    segment_tell_name(w, event->name);
    if (event->category != 0)
        segment_tell_domain(w, event->category);
    if (lane != 0)
        lane_tell(w, lane);
    return true;
}

/* The thread's clock; the system's where the thread has none yet. */
static uint64_t time_now(struct writer *w)
{
    return w->live ? writer_time(w, clock_ticks()) : clock_system(CLOCK_MONOTONIC);
}

/* Writes the begin on a lane, if that can be. */
static bool begin(struct writer *w, const struct slice *slice, struct span *span)
{
    uint64_t now = slice->timed ? slice->time : time_now(w);
    struct event event = {.type = EVENT_BEGIN,
                          .absolute = slice->timed,
                          .name = slice->name,
                          .category = slice->key.domain,
                          .kind = slice->key.kind,
                          .annotations = slice->annotations,
                          .annotation_count = slice->annotation_count,
                          .time = now};
    if (slice->name == 0)
        event.name_text = slice->name_text;
    uint32_t lane = lane_take(w, slice->place, now, slice->timed ? UINT64_MAX : 0);
    if (lane == 0) {
        count(&w->head->lost_depth);
        return false;
    }
    if (!slice_prepare(w, &event, lane, event_cost(&event))) {
        room_lost(w);
        lane_return(w, lane);
        return false;
    }
    if (!slice->timed) {
        now = writer_time(w, clock_ticks()); /* so that the work above lies outside the slice */
        event.time = now > lane_at(w, lane)->last ? now : lane_at(w, lane)->last + 1;
        event.absolute = event.time != now;
    }
    event.parent_flow = id_is_null(slice->parent) ? slice->parent_flow : flow_of(w, slice->parent);
    event.flow = flow_new(w, slice->id);
    event.track = lane_at(w, lane)->track;
    SPAN_SET(span->where, event_write(w, &event));
    SPAN_SET(span->segment, w->segment);
    SPAN_SET(span->begin, event.time);
    SPAN_SET(span->lane, lane);
    return true;
}

static void keep_text(struct writer *w, struct span *span, const struct slice *slice)
{
    const struct text *text = &slice->name_text;
    size_t length = text->length;
    SPAN_SET(span->text_length, 0);
    if (slice->name != 0 || text->bytes == NULL)
        return;
    while (length > SPAN_TEXT_MAX ||
           (length > 0 && length < text->length && (text->bytes[length] & 0xc0) == 0x80))
        length--; /* not inside a character */
    memcpy(span_text(slice_spans(w), span), text->bytes, length);
    SPAN_SET(span->text_length, (uint32_t)length);
}

struct span *slice_begin(struct writer *w, const struct slice *slice)
{
    if (recording_state(w) & ITT_STATE_DETACHED)
        return NULL;
    struct span *span = span_claim(slice_spans(w), &slice->key, id_hash(slice->key.id));
    if (span == NULL) {
        count(&w->head->lost_depth);
        if (slice->key.kind != ITT_KIND_TIMED) /* whose end finds it without the table */
            span_overflow(slice_spans(w));
        return NULL;
    }
    SPAN_SET(span->name, slice->name);
    SPAN_SET(span->lane, 0);
    SPAN_SET(span->lost, 0);
    SPAN_SET(span->again, 0);
    keep_text(w, span, slice);
    bool collected = slice_is_collected(w);
    if (!collected || !begin(w, slice, span)) {
        SPAN_SET(span->begin, slice->timed ? slice->time : time_now(w));
        SPAN_SET(span->lost, collected || recording_state(w) & ITT_STATE_STOPPED);
    }
    return span;
}

void slice_end(struct writer *w, struct span *span, bool timed, uint64_t moment)
{
    uint32_t lane = SPAN_GET(span->lane);
    if (lane == 0 || lane_at(w, lane)->track == 0 || recording_state(w) & ITT_STATE_DETACHED) {
        if (SPAN_GET(span->lost))
            room_lost(w);
        span_free(slice_spans(w), span);
        return;
    }
    struct event event = {.type = EVENT_END,
                          .absolute = timed,
                          .begin = SPAN_GET(span->begin),
                          .name = SPAN_GET(span->name),
                          .category = SPAN_GET(span->place) & SPAN_DOMAIN,
                          .kind = SPAN_GET(span->place) >> SPAN_KIND_SHIFT};
    if (event.name == 0)
        event.name_text = (struct text){span_text(slice_spans(w), span), SPAN_GET(span->text_length)};
    if (!slice_prepare(w, &event, lane, event_cost(&event))) {
        room_lost(w); /* and the slice stays open, the lane taken */
        span_free(slice_spans(w), span);
        return;
    }
    event.time = timed ? moment : writer_time(w, moment);
    /* In another sequence an end in the nanosecond of its begin may be read before it. */
    uint64_t least = event.begin + (SPAN_GET(span->segment) != w->segment);
    if (event.time < least) {
        event.time = least;
        event.absolute = true;
    }
    event.track = lane_at(w, lane)->track;
    event_write(w, &event);
    lane_give(w, lane, event.begin, event.time);
    span_free(slice_spans(w), span);
}

bool slice_is_over(const struct writer *w)
{
    return recording_state(w) & ITT_STATE_DETACHED;
}

bool slice_is_collected(struct writer *w)
{
    uint32_t state = recording_state(w);
    if (state == 0)
        return true;
    if (!(state & ITT_STATE_DETACHED))
        count(state & ITT_STATE_STOPPED ? &w->head->lost_space : &w->head->paused_begins);
    return false;
}

bool slice_write(struct writer *w, struct event *begin, uint32_t place, uint64_t end)
{
    if (end < begin->time)
        end = begin->time; /* another thread's clock */
    uint32_t lane = lane_take(w, place, begin->time, end);
    if (lane == 0) {
        count(&w->head->lost_depth);
        return false;
    }
    if (!slice_prepare(w, begin, lane, 2 * event_cost(begin))) {
        room_lost(w);
        lane_return(w, lane);
        return false;
    }
    begin->type = EVENT_BEGIN;
    begin->absolute = true;
    begin->track = lane_at(w, lane)->track;
    struct event over = *begin;
    over.type = EVENT_END;
    over.begin = begin->time;
    over.time = end;
    over.annotation_count = 0;
    over.flow = over.parent_flow = 0;
    event_write_pair(w, begin, &over);
    lane_give(w, lane, begin->time, end);
    return true;
}

/* Far beyond any offset. */
uint64_t slice_where(const struct writer *w, const struct span *span)
{
    return ~(uint64_t)span_cell(slice_spans(w), span);
}

struct span *slice_span(const struct writer *w, uint64_t where)
{
    return span_at(slice_spans(w), (uint32_t)~where);
}

void slice_miss(struct writer *w)
{
    if (recording_state(w) & ITT_STATE_DETACHED)
        return;
    count(span_underflow(slice_spans(w)) ? &w->head->lost_depth : &w->head->unmatched_ends);
}
