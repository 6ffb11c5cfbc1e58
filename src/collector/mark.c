#define _GNU_SOURCE
#include "mark.h"
#include "guard.h"
#include "join.h"
#include "name.h"
#include "room.h"
#include "slice.h"
#include "thread.h"
#include <string.h>

static const struct text categories[] = {[ITT_KIND_EVENT] = {"event", 5}, [ITT_KIND_MARK] = {"mark", 4}};

/* A number is the name's iid; those beyond the limit share one. */
static int number_of(const char *text)
{
    const struct name *name = name_intern(text);
    return (int)(name == NULL ? NAME_MORE_DOMAINS : name->iid);
}

static bool is_made(int number)
{
    return number > 0 && ((uint32_t)number <= name_count() || number == (int)NAME_MORE_DOMAINS);
}

/* Out of line for its buffer. */
static __attribute__((noinline)) int number_of_part(const char *name, size_t length)
{
    char text[ITT_TEXT_MAX];
    length = strnlen(name, length < sizeof text ? length : sizeof text - 1);
    memcpy(text, name, length);
    text[length] = '\0';
    return number_of(text);
}

__itt_event mark_event_create(const char *name, int length)
{
    struct guard guard = guard_enter();
    int number = name == NULL || length < 0 ? number_of(name) : number_of_part(name, (size_t)length);
    guard_leave(guard);
    return number;
}

__itt_mark_type mark_create(const char *name)
{
    return mark_event_create(name, -1);
}

static struct event event_of(uint32_t kind, uint32_t name, const struct annotation *parameter)
{
    return (struct event){.type = EVENT_INSTANT,
                          .name = name,
                          .category_text = categories[kind],
                          .kind = kind,
                          .annotations = parameter,
                          .annotation_count = parameter != NULL && parameter->data != NULL};
}

static struct annotation annotation_of(const char *parameter)
{
    size_t length = parameter == NULL ? 0 : strnlen(parameter, ANNOTATION_MAX);
    return annotation_text("parameter", (struct text){parameter, length});
}

/* The instant; 0: it is not recorded, which is counted. It lies on the thread's track, or on the process's `group` where that is not 0. */
static uint64_t write_instant(struct writer *w, struct event *event, uint32_t group)
{
    if (!slice_is_collected(w))
        return 0;
    if (!slice_prepare(w, event, 0, event_cost(event) + LANE_GROUP_COST)) {
        room_lost(w);
        return 0;
    }
    if (group != 0)
        event->track = lane_tell_group(w, lane_place(group, event->name));
    event->time = writer_time(w, clock_ticks());
    return event_write(w, event);
}

/* Remembers it, in the place of the oldest one where there are too many: those stay instants. */
static void on(uint32_t kind, int number, const char *parameter)
{
    struct writer *w = thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    struct open_event *open = &w->events[w->events_made++ % WRITER_EVENTS];
    struct annotation annotation = annotation_of(parameter);
    struct event event = event_of(kind, (uint32_t)number, &annotation);
    open->kind = 0;
    open->where = write_instant(w, &event, 0);
    open->begin = event.time;
    open->name = (uint32_t)number;
    open->text_length = 0;
    if (parameter != NULL) {
        size_t length = annotation.count < sizeof open->text ? annotation.count : sizeof open->text;
        memcpy(open->text, parameter, length);
        open->text_length = (uint32_t)length;
    }
    open->kind = kind;
    thread_leave(w);
    guard_leave(guard);
}

static struct open_event *find(struct writer *w, uint32_t kind, uint32_t name)
{
    for (uint32_t back = 1; back <= WRITER_EVENTS; back++) {
        struct open_event *open = &w->events[(w->events_made - back) % WRITER_EVENTS];
        if (open->kind == kind && open->name == name)
            return open;
    }
    return NULL;
}

/* The slice first, then the instant goes: a kill in between leaves both, never none. */
static void off(uint32_t kind, int number)
{
    struct writer *w = thread_enter();
    if (w == NULL)
        return;
    uint64_t ticks = clock_ticks();
    struct guard guard = guard_enter();
    struct open_event *open = find(w, kind, (uint32_t)number);
    if (open == NULL)
        slice_miss(w);
    if (open != NULL && open->where != 0 && !slice_is_over(w)) {
        struct annotation annotation =
            annotation_text("parameter", (struct text){open->text, open->text_length});
        struct event event = event_of(kind, open->name, open->text_length > 0 ? &annotation : NULL);
        event.time = open->begin;
        uint64_t end = w->live ? writer_time(w, ticks) : open->begin;
        if (slice_write(w, &event, lane_place(ITT_GROUP_EVENTS, open->name), end))
            event_take_back(w, open->where);
    }
    if (open != NULL)
        open->kind = 0;
    thread_leave(w);
    guard_leave(guard);
}

int mark_event_start(__itt_event event)
{
    if (!is_made(event))
        return -1;
    on(ITT_KIND_EVENT, event, NULL);
    return 0;
}

int mark_event_end(__itt_event event)
{
    if (!is_made(event))
        return -1;
    off(ITT_KIND_EVENT, event);
    return 0;
}

int mark_on(__itt_mark_type mark, const char *parameter)
{
    if (!is_made(mark))
        return -1;
    on(ITT_KIND_MARK, mark, parameter);
    return 0;
}

int mark_off(__itt_mark_type mark)
{
    if (!is_made(mark))
        return -1;
    off(ITT_KIND_MARK, mark);
    return 0;
}

static struct span_key key_of(__itt_mark_type mark)
{
    return (struct span_key){{(unsigned)mark, 0, UINT64_MAX}, (uint32_t)mark, ITT_KIND_MARK};
}

/* Where very many of one name never end, the later ones stay instants. */
int mark_global_on(__itt_mark_type mark, const char *parameter)
{
    struct writer *w = is_made(mark) ? thread_enter() : NULL;
    if (w == NULL)
        return is_made(mark) ? 0 : -1;
    struct guard guard = guard_enter();
    struct annotation annotation = annotation_of(parameter);
    struct event event = event_of(ITT_KIND_MARK, (uint32_t)mark, &annotation);
    struct span_key key = key_of(mark);
    uint64_t where = write_instant(w, &event, ITT_GROUP_EVENTS);
    struct span *span = span_claim(slice_spans(w), &key, id_hash(key.id));
    if (span != NULL) {
        SPAN_SET(span->where, where);
        SPAN_SET(span->segment, w->segment);
        SPAN_SET(span->begin, event.time);
        SPAN_SET(span->lane, 0);
        SPAN_SET(span->name, event.name);
        size_t length = annotation.count < SPAN_TEXT_MAX ? annotation.count : SPAN_TEXT_MAX;
        memcpy(span_text(slice_spans(w), span), parameter == NULL ? "" : parameter, length);
        SPAN_SET(span->text_length, (uint32_t)length);
        span_open(slice_spans(w), span);
    }
    thread_leave(w);
    guard_leave(guard);
    return 0;
}

/* The instant can only be taken back by its own thread, and soon; else it stays, where the slice begins. */
int mark_global_off(__itt_mark_type mark)
{
    struct writer *w = is_made(mark) ? thread_enter() : NULL;
    if (w == NULL)
        return is_made(mark) ? 0 : -1;
    uint64_t ticks = clock_ticks();
    struct guard guard = guard_enter();
    struct span_key key = key_of(mark);
    struct span *span = span_take(slice_spans(w), &key, id_hash(key.id));
    if (span == NULL)
        slice_miss(w);
    if (span != NULL && SPAN_GET(span->where) != 0 && !slice_is_over(w)) {
        struct annotation annotation = annotation_text(
            "parameter", (struct text){span_text(slice_spans(w), span), SPAN_GET(span->text_length)});
        struct event event =
            event_of(ITT_KIND_MARK, (uint32_t)mark, SPAN_GET(span->text_length) > 0 ? &annotation : NULL);
        event.time = SPAN_GET(span->begin);
        uint64_t end = w->live ? writer_time(w, ticks) : clock_system(CLOCK_MONOTONIC);
        if (slice_write(w, &event, lane_place(ITT_GROUP_EVENTS, (uint32_t)mark), end) &&
            SPAN_GET(span->segment) == w->segment)
            event_take_back(w, SPAN_GET(span->where));
    }
    if (span != NULL)
        span_free(slice_spans(w), span);
    thread_leave(w);
    guard_leave(guard);
    return 0;
}
