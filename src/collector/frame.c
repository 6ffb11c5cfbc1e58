#define _GNU_SOURCE
#include "frame.h"
#include "flow.h"
#include "guard.h"
#include "name.h"
#include "process.h"
#include "quick.h"
#include "slice.h"
#include "stamp.h"
#include "thread.h"

#define END_SIZE    49u
#define SUBMIT_MOST (50 + END_SIZE) /* bytes */

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

/* The start of a packet whose time stands by itself: see submit_quickly(). */
static uint64_t put_time(struct writer *w, uint8_t *at, uint64_t time, size_t size)
{
    at[8] = 0x40;
    quick_put(at + 9, wire_padded8(time + w->boot_offset));
    return 0x500603D0000A | (uint64_t)(size - 2) << 8 | w->begin_form >> 48 << 48;
}

/*
 * Both packets, to become visible together; false: they need the long way.
 *
 *   0A [size] D0 03 06 50 [sequence2] | 40 [begin8] | 5A [size] 48 01 50 [name] 18 [domain] 58 [lane9] F9 02 [flow8] | F2 7F 02 38 03
 *   0A 2F D0 03 06 50 [sequence2] | 40 [end8] | 5A 0C 48 02 58 [lane9] | F2 7F 0F 08 [begin8] 10 [name] 18 [domain] 38 03 | cover
 */
static bool submit_quickly(struct writer *w, const __itt_domain *domain, const __itt_id *id, uint64_t begin,
                           uint64_t end)
{
    const uint32_t d = (uint32_t)domain->extra1;
    const uint64_t ticks = clock_ticks(), now = clock_time(&w->clock, ticks);
    if (!quick_knows(w, d, d) || !clock_in_span(&w->clock, ticks) || !writer_has_fast_room(w, SUBMIT_MOST) ||
        !quick_is_recording(w) || w->boot_offset != process_boot_offset())
        return false;
    if (!stamp_is_told(end))
        end = now;
    if (end > now || !stamp_is_told(begin) || begin > end || (end + w->boot_offset) >> 56 != 0)
        return false;
    struct lane *lane = lane_take_own(w, lane_place(ITT_GROUP_FRAMES, d), begin);
    if (lane == NULL)
        return false;
    uint8_t *first = w->at, *at = first + 17, field[16];
    memcpy(field, lane->field, sizeof field);
    quick_put(at, 0x001800500148005A | (uint64_t)d << 40 | (uint64_t)d << 56);
    memcpy(at + 8, field, 16);
    at += 18;
    if (id != NULL && !id_is_null(*id))
        at = quick_put_flow(at, flow_new(w, *id));
    first[18] = (uint8_t)(at - first - 19);
    quick_put(at, 0x38027FF2 | (uint64_t)ITT_KIND_FRAME << 32);
    at += 5;
    const uint64_t word = put_time(w, first, begin, (size_t)(at - first));
    quick_put(at, put_time(w, at, end, END_SIZE));
    quick_put(at + 17, 0x02480C5A);
    memcpy(at + 21, field, 16);
    quick_put(at + 31, 0x080F7FF2);
    quick_put(at + 35, wire_padded8(begin));
    quick_put(at + 43,
              0x10 | d << 8 | 0x18 << 16 | d << 24 | (uint64_t)0x38 << 32 | (uint64_t)ITT_KIND_FRAME << 40);
    writer_commit(w, word, at + END_SIZE);
    lane_give_own(w, lane, begin, end);
    return true;
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
    if (submit_quickly(w, domain, id, begin, end)) {
        thread_leave(w);
        return;
    }
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
    if (w->live)
        writer_time(w, clock_ticks()); /* so that the clock is good for the next one */
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
