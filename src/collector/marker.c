#define _GNU_SOURCE
#include "marker.h"
#include "flow.h"
#include "guard.h"
#include "instant.h"
#include "room.h"
#include "scope.h"
#include "stamp.h"
#include "thread.h"

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

static void show(const __itt_domain *domain, __itt_id id, __itt_string_handle *name, __itt_scope scope,
                 const uint64_t *time)
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
    show(domain, id, name, scope, NULL);
}

void marker_show_at(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                    __itt_id id, __itt_string_handle *name, __itt_scope scope)
{
    const uint64_t time = stamp_time(clock, timestamp);
    show(domain, id, name, scope, &time);
}
