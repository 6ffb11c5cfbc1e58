#define _GNU_SOURCE
#include "frame.h"
#include "flow.h"
#include "guard.h"
#include "name.h"
#include "quick.h"
#include "slice.h"
#include "stamp.h"
#include "thread.h"

/* Without an id it is the domain's own frame. */
static struct slice frame_of(const __itt_domain *domain, const __itt_id *id)
{
    uint32_t number = name_of_domain(domain);
    struct slice slice = {.key = {.domain = number, .kind = ITT_KIND_FRAME},
                          .place = lane_place(ITT_GROUP_FRAMES, number),
                          .name = number};
    if (id != NULL && !id_is_null(*id))
        slice.key.id = slice.id = *id;
    else
        slice.key.id = (__itt_id){0, number, UINT64_MAX};
    return slice;
}

static __attribute__((noinline)) void begin_slow(struct writer *w, const struct slice *slice)
{
    struct guard guard = guard_enter();
    struct span *span = slice_begin(w, slice);
    if (span != NULL)
        span_open(slice_spans(w), span);
    thread_leave(w);
    guard_leave(guard);
}

void frame_begin(const __itt_domain *domain, __itt_id *id)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    const struct slice slice = frame_of(domain, id);
    if (span_is_open(slice_spans(w), &slice.key, id_hash(slice.key.id)) ||
        quick_begin(w, &slice.key, ITT_GROUP_FRAMES, slice.name, !id_is_null(slice.id)))
        thread_leave(w);
    else
        begin_slow(w, &slice);
}

static __attribute__((noinline)) void end_slow(struct writer *w, struct span *span, uint64_t ticks)
{
    struct guard guard = guard_enter();
    if (span != NULL)
        slice_end(w, span, false, ticks);
    else
        slice_miss(w);
    thread_leave(w);
    guard_leave(guard);
}

void frame_end(const __itt_domain *domain, __itt_id *id)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    uint64_t ticks = clock_ticks();
    const struct slice slice = frame_of(domain, id);
    struct span *span = span_take(slice_spans(w), &slice.key, id_hash(slice.key.id));
    if (span != NULL && quick_end(w, span, ticks))
        thread_leave(w);
    else
        end_slow(w, span, ticks);
}

/*
 * A frame that is over: no time of it lies ahead of now. An unknown begin (0) is that of the end, and so is a begin
 * behind it.
 */
void frame_submit(const __itt_domain *domain, __itt_id *id, __itt_timestamp begin, __itt_timestamp end)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    uint64_t now = clock_system(CLOCK_MONOTONIC);
    struct guard guard = guard_enter();
    struct slice slice = frame_of(domain, id);
    if (!stamp_is_told(end) || end > now)
        end = now;
    if (!stamp_is_told(begin) || begin > end)
        begin = end;
    struct event event = {
        .time = begin, .name = slice.name, .category = slice.key.domain, .kind = ITT_KIND_FRAME};
    event.flow = flow_new(w, slice.id);
    if (slice_is_collected(w))
        slice_write(w, &event, slice.place, end);
    thread_leave(w);
    guard_leave(guard);
}

__itt_frame frame_old_create(const char *domain)
{
    return (__itt_frame)name_make_domain(domain);
}

void frame_old_begin(__itt_frame frame)
{
    frame_begin((const __itt_domain *)frame, NULL);
}

void frame_old_end(__itt_frame frame)
{
    frame_end((const __itt_domain *)frame, NULL);
}
