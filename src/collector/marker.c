#define _GNU_SOURCE
#include "marker.h"
#include "flow.h"
#include "guard.h"
#include "instant.h"
#include "room.h"
#include "scope.h"
#include "short.h"
#include "stamp.h"
#include "thread.h"

#define MOST                                                                                                 \
    (SHORT_HEAD + 10 + 11 + 10 + 20 + SHORT_KIND) /* bytes of a short packet: names, track, flow, scope */

static void mark(struct writer *w, struct event *event, __itt_id id, __itt_scope scope)
{
    struct annotation annotation = annotation_text("scope", scope_name(scope));
    event->type = EVENT_INSTANT;
    event->kind = ITT_KIND_MARKER;
    event->flow = flow_new(w, id);
    event->annotations = &annotation;
    event->annotation_count = 1;
    if (room_reserve(w, SCOPE_COST + event_cost(event) + 1024))
        event->track = scope_track(w, scope);
    uint64_t where = instant_write(w, event);
    w->marker = (struct written){
        .where = where, .time = event->time, .name = event->name, .category = event->category, .alone = true};
    w->marker_id = id;
}

/*
 *   0A [size] 40 [delta2] 50 [sequence2] | 5A [size] 48 03 50 [name2] 18 [domain] | 58 [track] | F9 02 [flow8]
 *   22 [size] 52 05 "scope" 32 [size] [scope] | F2 7F 02 38 06 | cover
 */
static bool mark_quickly(struct writer *w, const __itt_domain *domain, __itt_id id,
                         const __itt_string_handle *name, __itt_scope scope)
{
    const uint64_t ticks = clock_ticks(), where = (uintptr_t)w->at + w->where_bias;
    const uint32_t d = (uint32_t)domain->extra1, n = name == NULL ? 0 : (uint32_t)name->extra1;
    uint64_t now, track;
    if (!quick_knows_wide(w, d, n) || !quick_is_possible_wide(w, ticks, MOST, &now) ||
        !scope_track_known(w, scope, &track))
        return false;
    w->marker = (struct written){.where = where, .time = now, .name = n, .category = d, .alone = true};
    w->marker_id = id;
    uint8_t *start = short_event(w, now);
    quick_put(start, 0x005003480000 | WIRE_EVENT_TAG | quick_wide_iid(n) << 40 | (uint64_t)0x18 << 56);
    uint8_t *at = wire_varint(start + 8, d);
    if (track != 0)
        at = wire_uint(at, 11, track);
    if (!id_is_null(id))
        at = quick_put_flow(at, flow_new(w, id));
    short_commit_kind(w, start, scope_put(at, scope), ITT_KIND_MARKER, now);
    return true;
}

static __attribute__((noinline)) void show(const __itt_domain *domain, __itt_id id, __itt_string_handle *name,
                                           __itt_scope scope, const uint64_t *time)
{
    char text[INSTANT_TEXT];
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    struct event event = {.category = name_of_domain(domain), .absolute = time != NULL};
    if (time != NULL)
        event.time = *time;
    event.name = instant_name(name, text, &event.name_text);
    w->marker.where = 0;
    if (instant_wanted(w))
        mark(w, &event, id, scope);
    thread_leave(w);
    guard_leave(guard);
}

void marker_show(const __itt_domain *domain, __itt_id id, __itt_string_handle *name, __itt_scope scope)
{
    struct writer *w = thread_writer();
    if (w->busy || domain == NULL) {
        show(domain, id, name, scope, NULL);
        return;
    }
    w->busy = 1;
    platform_fence();
    bool done = mark_quickly(w, domain, id, name, scope);
    thread_leave(w);
    if (!done)
        show(domain, id, name, scope, NULL);
}

void marker_show_at(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                    __itt_id id, __itt_string_handle *name, __itt_scope scope)
{
    const uint64_t time = stamp_time(clock, timestamp);
    show(domain, id, name, scope, &time);
}
