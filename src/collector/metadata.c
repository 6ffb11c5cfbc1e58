#define _GNU_SOURCE
#include "metadata.h"
#include "amend.h"
#include "flow.h"
#include "formatted.h"
#include "guard.h"
#include "instant.h"
#include "quick.h"
#include "room.h"
#include "scope.h"
#include "segment.h"
#include "slice.h"
#include "thread.h"

#define BEGIN_AGAIN 512u /* bytes of a begin that is written again, as most are */

/* One piece of metadata, and what it is for. */
struct piece {
    uint32_t domain; /* iid; 0: any */
    __itt_id id;     /* null: what is current */
    __itt_scope scope;
    bool scoped;
    uint32_t name; /* of the key; 0: it has no iid */
    struct annotation value;
};

/* What it goes to. */
enum kind { NOTHING, UNCOLLECTED, TASK, SPAN, MARKER };
struct target {
    enum kind kind;
    uint32_t task;     /* its place among the open ones */
    struct span *span; /* and what it was at one moment */
    struct span copy;
};

static void choose_span(struct writer *w, struct span *span, struct target *target)
{
    target->span = span;
    target->kind = target->copy.lane == 0 || lane_at(w, target->copy.lane)->track == 0 ? UNCOLLECTED : SPAN;
}

static void choose_task(struct writer *w, uint32_t i, struct target *target)
{
    const struct open_task *task = &w->open[i];
    target->task = i;
    target->kind = task->key & KEY_UNCOLLECTED ? UNCOLLECTED : TASK;
    if ((task->key & KEY_LANE) != KEY_LANE)
        return;
    struct span *span = slice_span(w, task->where);
    target->copy = *span;
    choose_span(w, span, target);
}

/* The innermost open task: of that domain or, where it has none open, of any. */
static void find_current(struct writer *w, uint32_t domain, struct target *target)
{
    uint32_t of_any = WRITER_DEPTH, i = w->depth;
    target->kind = w->overflow > 0 ? UNCOLLECTED : NOTHING;
    if (w->overflow > 0)
        return;
    while (i-- > 0) {
        uint32_t number = w->open[i].key & KEY_NUMBER;
        if (number == domain)
            break;
        if (of_any == WRITER_DEPTH && number < KEY_PT_REGION)
            of_any = i;
        if (of_any < WRITER_DEPTH && domain == 0)
            break;
    }
    if (i < w->depth && domain != 0)
        choose_task(w, i, target);
    else if (of_any < w->depth)
        choose_task(w, of_any, target);
}

static void find_by_id(struct writer *w, uint32_t domain, __itt_id id, struct target *target)
{
    for (uint32_t i = w->depth; i-- > 0;) {
        if (w->open[i].key & KEY_ID && id_equal(w->ids[i], id)) {
            choose_task(w, i, target);
            return;
        }
    }
    struct span *span = span_find(slice_spans(w), domain, id, &target->copy);
    if (span == NULL && domain != 0)
        span = span_find(slice_spans(w), 0, id, &target->copy);
    if (span != NULL)
        choose_span(w, span, target);
    else if (w->marker.where != 0 && id_equal(w->marker_id, id))
        target->kind = MARKER;
}

static void find(struct writer *w, const struct piece *piece, struct target *target)
{
    if (piece->scoped && piece->scope == __itt_scope_marker)
        target->kind = w->marker.where != 0 ? MARKER : NOTHING;
    else if (piece->scoped && piece->scope != __itt_scope_task && piece->scope != __itt_scope_unknown)
        target->kind = NOTHING;
    else if (id_is_null(piece->id))
        find_current(w, piece->domain, target);
    else
        find_by_id(w, piece->domain, piece->id, target);
}

static bool add_to_task(struct writer *w, uint32_t i, const struct annotation *value)
{
    const struct open_task *task = &w->open[i];
    struct written begin = {.where = task->where,
                            .time = task->begin,
                            .name = task->name,
                            .category = segment_domain_iid(task->key)};
    bool added = amend_add(w, &begin, value);
    if (i < w->depth)
        w->open[i].where = begin.where;
    return added;
}

/*
 * To a slice that this thread began in the present segment. Another thread may end it meanwhile: what is added then still is
 * to that slice, and a span that is another's by now does not have this place in the file.
 */
static bool add_to_span(struct writer *w, const struct target *target, const struct annotation *value)
{
    struct written begin = {.where = target->copy.where,
                            .time = target->copy.begin,
                            .name = target->copy.name,
                            .category = target->copy.place & SPAN_DOMAIN,
                            .alone = true};
    uint64_t where = begin.where;
    if (target->copy.segment != w->segment || where - w->slot_offset >= w->slot_size)
        return false;
    bool added = amend_add(w, &begin, value);
    if (begin.where != where &&
        atomic_compare_exchange_strong_explicit(&target->span->where, &where, begin.where,
                                                memory_order_relaxed, memory_order_relaxed) &&
        w->segment != target->copy.segment)
        atomic_store_explicit(&target->span->segment, w->segment, memory_order_relaxed);
    return added;
}

static bool add_to(struct writer *w, const struct target *target, const struct annotation *value)
{
    switch (target->kind) {
    case UNCOLLECTED:
        return true;
    case TASK:
        return add_to_task(w, target->task, value);
    case SPAN:
        return add_to_span(w, target, value);
    case MARKER:
        return amend_add(w, &w->marker, value);
    default:
        return false;
    }
}

static uint64_t track_of(struct writer *w, const struct target *target)
{
    if (target->kind == SPAN)
        return lane_at(w, target->copy.lane)->track;
    if (target->kind != TASK || target->task >= w->depth)
        return 0;
    uint32_t key = w->open[target->task].key;
    return key & (KEY_APART | KEY_LEVEL) ? segment_track(w, key) : 0;
}

/* What is not, or no longer, open here gets an instant of its own. */
static __attribute__((noinline)) void show(struct writer *w, const struct piece *piece,
                                           const struct target *target)
{
    char id[INSTANT_ID];
    struct annotation annotations[3] = {piece->value};
    struct event event = {.type = EVENT_INSTANT,
                          .name = piece->name,
                          .category = piece->domain,
                          .kind = ITT_KIND_METADATA,
                          .annotations = annotations,
                          .annotation_count = 1,
                          .track = track_of(w, target)};
    if (piece->name == 0)
        event.name_text = (struct text){"metadata", 8};
    if (!id_is_null(piece->id))
        annotations[event.annotation_count++] = annotation_text("id", instant_id(piece->id, id));
    if (piece->scoped)
        annotations[event.annotation_count++] = annotation_text("scope", scope_name(piece->scope));
    if (piece->scoped && room_reserve(w, SCOPE_COST + event_cost(&event) + 1024))
        event.track = scope_track(w, piece->scope);
    instant_write(w, &event);
}

static void add(struct writer *w, const struct piece *piece)
{
    struct target target = {.kind = NOTHING};
    if (!instant_wanted(w))
        return;
    /* First, as a full slot may take the begin of what is found elsewhere. */
    room_reserve(w, annotation_cost(&piece->value) + BEGIN_AGAIN);
    find(w, piece, &target);
    if (!add_to(w, &target, &piece->value))
        show(w, piece, &target);
}

/* A key's text is that of its iid, or what its handle says. */
static void set_key(struct piece *piece, __itt_string_handle *key)
{
    piece->name = name_of_handle(key);
    piece->value.clean_key = piece->name != 0;
    if (piece->name != 0)
        piece->value.key = name_text(piece->name);
    else if (key != NULL && key->strA != NULL)
        piece->value.key = (struct text){key->strA, strnlen(key->strA, ITT_TEXT_MAX)};
}

/* For the innermost task, of the call's domain: nothing that may call the system. */
static bool add_quickly(const __itt_domain *domain, const __itt_string_handle *key, struct annotation *value)
{
    struct writer *w = thread_writer();
    if (w->busy || domain == NULL || key == NULL)
        return false;
    w->busy = 1;
    platform_fence();
    uint32_t iid = (uint32_t)key->extra1;
    struct open_task *task = &w->open[w->depth == 0 ? 0 : w->depth - 1];
    bool added = w->depth != 0 && w->overflow == 0 && iid != 0 && iid < ITT_NAME_LIMIT &&
                 (task->key & ~KEY_ID) == (uint32_t)domain->extra1 && quick_is_recording(w);
    if (added) {
        value->key = name_text(iid);
        value->clean_key = true;
        added = value->key.length > 0 && amend_quickly(w, &task->where, value);
    }
    thread_leave(w);
    return added;
}

static void say(const __itt_domain *domain, struct piece *piece, __itt_string_handle *key)
{
    struct writer *w = thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    piece->domain = domain == NULL ? 0 : name_of_domain(domain);
    set_key(piece, key);
    add(w, piece);
    thread_leave(w);
    guard_leave(guard);
}

void metadata_add(const __itt_domain *domain, __itt_id id, __itt_string_handle *key, __itt_metadata_type type,
                  size_t count, void *data)
{
    struct annotation value = {.type = (uint32_t)type, .count = count, .data = data};
    if (!id_is_null(id) || !add_quickly(domain, key, &value))
        say(domain, &(struct piece){.id = id, .value = value}, key);
}

void metadata_add_scoped(const __itt_domain *domain, __itt_scope scope, __itt_string_handle *key,
                         __itt_metadata_type type, size_t count, void *data)
{
    struct piece piece = {
        .scope = scope, .scoped = true, .value = {.type = (uint32_t)type, .count = count, .data = data}};
    say(domain, &piece, key);
}

/* A length of -1: up to its NUL. Behind what a slot holds we need not look. */
static struct annotation text_value(const char *data, size_t length)
{
    if (data != NULL && length == (size_t)-1)
        length = strnlen(data, ANNOTATION_MAX + 1);
    while (data != NULL && length > 0 && length <= ANNOTATION_MAX && data[length - 1] == '\0')
        length--;
    return (struct annotation){.type = ANNOTATION_TEXT, .count = length, .data = data};
}

void metadata_add_text(const __itt_domain *domain, __itt_id id, __itt_string_handle *key, const char *data,
                       size_t length)
{
    struct annotation value = text_value(data, length);
    if (!id_is_null(id) || !add_quickly(domain, key, &value))
        say(domain, &(struct piece){.id = id, .value = value}, key);
}

void metadata_add_text_scoped(const __itt_domain *domain, __itt_scope scope, __itt_string_handle *key,
                              const char *data, size_t length)
{
    struct piece piece = {.scope = scope, .scoped = true, .value = text_value(data, length)};
    say(domain, &piece, key);
}

static void add_formatted(const __itt_domain *domain, __itt_id id, __itt_string_handle *format,
                          va_list arguments)
{
    struct writer *w = format == NULL || format->strA == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    const struct name *key = name_intern("metadata");
    struct piece piece = {
        .domain = domain == NULL ? 0 : name_of_domain(domain), .id = id, .name = key == NULL ? 0 : key->iid};
    size_t length = formatted_put(w->formatted, sizeof w->formatted, format->strA, arguments, guard.error);
    piece.value = annotation_text("metadata", (struct text){w->formatted, length});
    add(w, &piece);
    thread_leave(w);
    guard_leave(guard);
}

void metadata_add_formatted(const __itt_domain *domain, __itt_string_handle *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(domain, __itt_null, format, arguments);
    va_end(arguments);
}

void metadata_add_formatted_to(const __itt_domain *domain, __itt_id id, __itt_string_handle *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(domain, id, format, arguments);
    va_end(arguments);
}
