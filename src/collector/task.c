#define _GNU_SOURCE
#include "task.h"
#include "amend.h"
#include "begins.h"
#include "event.h"
#include "flow.h"
#include "guard.h"
#include "join.h"
#include "name.h"
#include "process.h"
#include "quick.h"
#include "region.h"
#include "room.h"
#include "segment.h"
#include "stamp.h"
#include "symbol.h"
#include "thread.h"
#include "track.h"
#include <string.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define END_SIZE        12
#define WIDE_BEGIN_SIZE 19
#define WIDE_END_SIZE   13
#define MOVES_MAX       64u

/* What a begin says. */
struct label {
    uint32_t number; /* key number: what the end will name */
    uint32_t name;
    struct text text; /* where name is 0 */
    uint32_t category;
    __itt_id id, parent;
    bool timed; /* at a time that the program gives */
    uint64_t time;
};

static uint32_t recording_state(const struct writer *w)
{
    return atomic_load_explicit(&w->head->state, memory_order_relaxed);
}

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Makes ready for an event with these: room in a segment that knows them. */
static bool prepare(struct writer *w, const struct label *label, uint32_t key, size_t size)
{
    if (w->live && w->boot_offset != process_boot_offset() && !room_advance(w, size))
        return false; /* the machine slept: a new segment with a new clock snapshot */
    size_t need = size + segment_cost_track(w, key);
    if (label != NULL)
        need += segment_cost_name(w, label->name) + segment_cost_domain(w, label->number);
    if (writer_room(w) < (intptr_t)(need + WIRE_COVER_MIN)) {
        need = size + 256 + name_text(label == NULL ? 0 : label->name).length;
        need +=
            2 * name_text(label == NULL ? key & KEY_NUMBER & (KEY_PT_REGION - 1) : label->category).length;
        if (!room_advance(w, need))
            return false;
    }
    if (label != NULL) {
        segment_tell_name(w, label->name);
        segment_tell_domain(w, label->number);
    }
    segment_tell_track(w, key);
    return true;
}

/* What an event names: nothing where it is the thread's own track, the segment's default. */
static uint64_t track_of(const struct writer *w, uint32_t key)
{
    return key & (KEY_APART | KEY_LEVEL) ? segment_track(w, key) : 0;
}

static uint32_t count_own(const struct writer *w)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->depth; i++)
        n += !(w->open[i].key & (KEY_APART | KEY_UNCOLLECTED));
    return n;
}

static uint32_t key_apart(const struct writer *w, uint32_t number)
{
    uint32_t level = w->apart_depth[segment_domain_number(number)] / ITT_TRACK_DEPTH;
    return number | KEY_APART | (level < ITT_TRACK_LEVELS ? level : ITT_TRACK_LEVELS - 1) << KEY_LEVEL_SHIFT;
}

static uint32_t key_for(struct writer *w, uint32_t number)
{
    if (bits_get(&w->apart, segment_domain_number(number)))
        return key_apart(w, number);
    if (w->depth < ITT_TRACK_DEPTH)
        return number;
    return number | w->own_depth / ITT_TRACK_DEPTH << KEY_LEVEL_SHIFT;
}

/* A collected task comes to (1) or leaves (-1) its track. `own_depth` counts from ITT_TRACK_DEPTH open tasks on. */
static void count_track(struct writer *w, uint32_t key, uint32_t by)
{
    if (key & KEY_UNCOLLECTED)
        return;
    if (key & KEY_APART)
        w->apart_depth[segment_domain_number(key)] += by;
    else if (w->depth > ITT_TRACK_DEPTH)
        w->own_depth += by;
}

static void push(struct writer *w, uint32_t key, uint64_t begin, uint64_t where, uint32_t name)
{
    w->open[w->depth++] = (struct open_task){.begin = begin, .where = where, .name = name, .key = key};
    count_track(w, key, 1);
}

static void drop(struct writer *w, uint32_t i)
{
    /* Volatile: read once, as it is another one in a child that a handler forks here. */
    const uint32_t depth = *(volatile uint32_t *)&w->depth;
    if (i >= depth)
        return; /* such a child */
    count_track(w, w->open[i].key, (uint32_t)-1);
    memmove(&w->open[i], &w->open[i + 1], (depth - i - 1) * sizeof *w->open);
    memmove(&w->ids[i], &w->ids[i + 1], (depth - i - 1) * sizeof *w->ids);
    w->depth = depth - 1;
}

/* A task that keeps its place among the open ones, but lies on a lane: nothing on the thread's track has to fit it. */
static void begin_on_lane(struct writer *w, const struct label *label)
{
    struct slice slice = {.key = {label->id, label->number, ITT_KIND_TIMED},
                          .place = track_current(w) != 0 ? track_current(w)
                                                         : lane_place(ITT_GROUP_TASKS, label->number),
                          .name = label->name,
                          .name_text = label->text,
                          .id = label->id,
                          .parent = label->parent,
                          .timed = label->timed,
                          .time = label->time};
    struct span *span = slice_begin(w, &slice);
    if (span == NULL) {
        push(w, label->number | KEY_UNCOLLECTED | KEY_LOST, 0, 0, 0);
        return;
    }
    push(w, label->number | KEY_LANE, SPAN_GET(span->begin), slice_where(w, span), label->name);
    if (!id_is_null(label->id))
        span_open(slice_spans(w), span);
}

static void begin(struct writer *w, const struct label *label)
{
    uint32_t state = recording_state(w);
    uint32_t key = label->number;
    uint32_t id = id_is_null(label->id) ? 0 : KEY_ID;
    if (w->depth >= WRITER_DEPTH) {
        w->overflow++;
        count(&w->head->lost_depth);
        return;
    }
    if (w->depth == ITT_TRACK_DEPTH)
        w->own_depth = count_own(w);
    if (id != 0)
        w->ids[w->depth] = label->id;
    if (state & (ITT_STATE_PAUSED | ITT_STATE_DETACHED | ITT_STATE_STOPPED)) {
        if (!(state & ITT_STATE_DETACHED))
            count(state & ITT_STATE_STOPPED ? &w->head->lost_space : &w->head->paused_begins);
        push(w, key | id | KEY_UNCOLLECTED | (state & ITT_STATE_STOPPED ? KEY_LOST : 0), 0, 0, 0);
        return;
    }
    if (label->timed || (track_current(w) != 0 && key < KEY_PT_REGION)) {
        begin_on_lane(w, label);
        return;
    }
    key = key_for(w, key) | id;
    struct event event = {.type = EVENT_BEGIN,
                          .name = label->name,
                          .category = label->category,
                          .flow = flow_new(w, label->id),
                          .parent_flow = flow_of(w, label->parent)};
    if (label->name == 0)
        event.name_text = label->text;
    if (!prepare(w, label, key, event_cost(&event))) {
        room_lost(w);
        push(w, label->number | id | KEY_UNCOLLECTED | KEY_LOST, 0, 0, 0);
        return;
    }
    event.track = track_of(w, key);
    event.time = writer_time(w, clock_ticks()); /* now, so that the work above lies outside the task */
    push(w, key, event.time, event_write(w, &event), label->name);
}

/* Moves an open task to the track of its domain, for good: later ones of that domain go there at once. */
static void move_apart(struct writer *w, uint32_t i)
{
    struct open_task *task = &w->open[i];
    uint32_t number = task->key & KEY_NUMBER, key = key_apart(w, number) | (task->key & KEY_ID);
    struct label label = {.number = number, .name = task->name, .category = segment_domain_iid(number)};
    bits_set(&w->apart, segment_domain_number(number));
    segment_set_fast(w, segment_domain_number(number));
    size_t cost = amend_move_cost(w, task->where);
    if (cost == 0 || !prepare(w, &label, key, cost))
        return;
    struct written begin = {.where = task->where, .time = task->begin};
    if (!amend_move(w, &begin, segment_track(w, key)))
        return;
    count_track(w, task->key, (uint32_t)-1);
    count_track(w, key, 1);
    task->where = begin.where;
    task->key = key;
}

/* The end of open[i] would cut short what is inside it: that moves. Where it is a great many, open[i] itself moves. */
static void make_way(struct writer *w, uint32_t i)
{
    uint32_t inside = 0;
    for (uint32_t inner = i + 1; inner < w->depth && inside <= MOVES_MAX; inner++)
        inside += !(w->open[inner].key & (KEY_APART | KEY_UNCOLLECTED));
    if (inside > MOVES_MAX) {
        move_apart(w, i);
        return;
    }
    for (uint32_t inner = i + 1; inner < w->depth; inner++) {
        if (!(w->open[inner].key & (KEY_APART | KEY_UNCOLLECTED)))
            move_apart(w, inner);
    }
}

/* The begin of what ends now, if a flight recorder has it no more. False: there is no room for it, nor for the end. */
static bool restore(struct writer *w, uint32_t i, size_t size)
{
    struct open_task *task = &w->open[i];
    if (i >= w->depth || !(task->key & KEY_GONE))
        return true;
    if (!room_for(w, task->name, segment_domain_iid(task->key), size + begins_restore_cost(task)))
        return false;
    if (i < w->depth && task->key & KEY_GONE)
        begins_restore(w, task);
    return true;
}

/* `moment`: a time where `timed`, else ticks. A task on the thread's own track ends there, neither before its last event nor later than now. */
static void end(struct writer *w, uint32_t number, bool timed, uint64_t moment)
{
    uint32_t state = recording_state(w);
    uint32_t i = w->depth;
    if (w->overflow > 0) {
        w->overflow--;
        count(&w->head->lost_depth);
        return;
    }
    while (i > 0 && (w->open[i - 1].key & KEY_NUMBER) != number)
        i--;
    if (i-- == 0) {
        count(&w->head->unmatched_ends);
        return;
    }
    uint32_t key = w->open[i].key;
    if ((key & KEY_LANE) == KEY_LANE) {
        slice_end(w, slice_span(w, w->open[i].where), timed, moment);
        drop(w, i);
        return;
    }
    if (key & KEY_UNCOLLECTED || state & ITT_STATE_DETACHED) {
        if (key & KEY_LOST)
            room_lost(w);
        drop(w, i);
        return;
    }
    struct event event = {.type = EVENT_END, .time = writer_time(w, timed ? clock_ticks() : moment)};
    if (timed && moment < event.time)
        event.time = moment;
    if (!(key & KEY_APART))
        make_way(w, i);
    key = w->open[i].key;
    if (!prepare(w, NULL, key, event_cost(&event)) || !restore(w, i, event_cost(&event))) {
        room_lost(w);
    } else if (i < w->depth) { /* else a forked child has started anew meanwhile */
        event.track = track_of(w, key);
        event_write(w, &event);
    }
    drop(w, i);
}

/* The hot path does not look whether its recording is the one that is on now: anything unusual comes here. */
static bool follow(struct writer *w)
{
    if (likely(!thread_is_behind(w)) || thread_follow(w))
        return true;
    thread_leave(w);
    return false;
}

static void begin_named(struct writer *w, struct label *label, __itt_string_handle *name)
{
    char clean[512];
    label->category = label->number;
    label->name = name_of_handle(name);
    if (label->name == 0 && name != NULL && name->strA != NULL)
        label->text = (struct text){clean, name_clean(clean, sizeof clean, name->strA)};
    begin(w, label);
}

static void begin_function(struct writer *w, struct label *label, const void *function)
{
    char text[256];
    label->category = label->number;
    label->name = symbol_name(function, text, sizeof text);
    if (label->name == 0)
        label->text = (struct text){text, strlen(text)};
    begin(w, label);
}

/*
 * A task among hundreds of names, with an id, or some time after the last one; false: it needs the long way.
 *
 *   0A [size] 40 [delta3] 50 [sequence2] | 5A [size] 48 01 50 [name2] 18 [domain2] | F9 02 [flow8] | cover
 */
static bool begin_wide(struct writer *w, const __itt_domain *domain, __itt_id id, __itt_id parent,
                       const __itt_string_handle *name)
{
    uint64_t now;
    const bool has_id = !id_is_null(id);
    const size_t size = WIDE_BEGIN_SIZE + (has_id ? QUICK_FLOW_SIZE : 0);
    const uint32_t d = domain == NULL ? 0 : (uint32_t)domain->extra1;
    const uint32_t n = name == NULL ? 0 : (uint32_t)name->extra1;
    if (!quick_knows_wide(w, d, n) || !id_is_null(parent) || bits_get(&w->apart, d) || w->custom != 0 ||
        w->depth >= ITT_TRACK_DEPTH || !quick_is_possible_wide(w, platform_ticks(), size, &now))
        return false;
    const uint64_t named = 0x500148005A00 | (uint64_t)(size - 11) << 16 | quick_wide_iid(n) << 48;
    const uint32_t in = 0x18 | (uint32_t)quick_wide_iid(d) << 8;
    memcpy(w->at + 8, &named, 8);
    memcpy(w->at + 16, &in, 3);
    if (has_id) {
        quick_put_flow(w->at + WIDE_BEGIN_SIZE, flow_new(w, id));
        w->ids[w->depth] = id;
    }
    push(w, d | (has_id ? KEY_ID : 0), now, (uintptr_t)w->at + w->where_bias, n);
    quick_commit_wide(w, size, now);
    thread_leave(w);
    return true;
}

/*   0A 0B 40 [delta3] 50 [sequence2] | 5A 02 48 02 | cover   */
static bool end_wide(struct writer *w, const __itt_domain *domain, uint64_t ticks)
{
    uint64_t now;
    if (w->depth - 1 >= ITT_TRACK_DEPTH ||
        (w->open[w->depth - 1].key & ~KEY_ID) != (uint32_t)domain->extra1 ||
        !quick_is_possible_wide(w, ticks, WIDE_END_SIZE, &now))
        return false;
    const uint32_t event = 0x0248025A;
    memcpy(w->at + 9, &event, 4);
    quick_commit_wide(w, WIDE_END_SIZE, now);
    w->depth--;
    thread_leave(w);
    return true;
}

static __attribute__((noinline)) void begin_slow(struct writer *w, const __itt_domain *domain, __itt_id id,
                                                 __itt_id parent, __itt_string_handle *name)
{
    if (begin_wide(w, domain, id, parent, name) || !follow(w))
        return;
    struct guard guard = guard_enter();
    if (domain != NULL) {
        struct label label = {.number = name_of_domain(domain), .id = id, .parent = parent};
        begin_named(w, &label, name);
    }
    thread_leave(w);
    guard_leave(guard);
}

static __attribute__((noinline)) void begin_any(const __itt_domain *domain, __itt_id id, __itt_id parent,
                                                __itt_string_handle *name)
{
    struct writer *w = thread_enter();
    if (w != NULL)
        begin_slow(w, domain, id, parent, name);
}

/* While paused, or where begin_slow() finds out. */
static __attribute__((noinline)) void begin_unrecorded(struct writer *w, const __itt_domain *domain,
                                                       __itt_id id, __itt_id parent,
                                                       __itt_string_handle *name)
{
    const uint32_t d = (uint32_t)domain->extra1;
    if (d - 1 >= WRITER_NUMBERS - 1 || w->head == NULL ||
        (recording_state(w) & ~ITT_STATE_SHOWN) != ITT_STATE_PAUSED || !id_is_null(id) ||
        w->depth >= ITT_TRACK_DEPTH) {
        begin_slow(w, domain, id, parent, name);
        return;
    }
    w->open[w->depth++] = (struct open_task){.key = d | KEY_UNCOLLECTED};
    count(&w->head->paused_begins);
    thread_leave(w);
}

static __attribute__((noinline)) void end_slow(struct writer *w, uint32_t number, uint64_t ticks)
{
    struct guard guard = guard_enter();
    end(w, number, false, ticks);
    thread_leave(w);
    guard_leave(guard);
}

static __attribute__((noinline)) void end_slow_of(struct writer *w, const __itt_domain *domain,
                                                  uint64_t ticks)
{
    if (!end_wide(w, domain, ticks) && follow(w))
        end_slow(w, name_of_domain(domain), clock_counts_ticks ? ticks : clock_ticks());
}

static __attribute__((noinline)) void end_any(const __itt_domain *domain)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w != NULL)
        end_slow_of(w, domain, clock_ticks());
}

/*
 * The hot path: whatever is unusual leaves it by a jump, so that it needs no frame. A short begin, its words least
 * byte first:
 *
 *   0A 0E 40 [delta2] 50 [sequence2] | 5A 06 48 01 50 [name] 18 [category] | cover
 *   ^ stored last                      ^ stored before                      ^ stored before
 */
void task_begin(const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name)
{
    struct writer *w = thread_writer();

    if (unlikely(w->busy || domain == NULL || name == NULL)) {
        begin_any(domain, id, parent, name);
        return;
    }
    w->busy = 1;
    platform_fence();
    if (unlikely(w->head == NULL || recording_state(w) != 0)) {
        begin_unrecorded(w, domain, id, parent, name);
        return;
    }
    uint32_t d = (uint32_t)domain->extra1, n = (uint32_t)name->extra1;
    uint64_t now, ticks = platform_ticks();
    if (unlikely((d | n) >= WRITER_FAST_IIDS || w->domain_forms[d] == 0 || w->name_forms[n] == 0 ||
                 !quick_fits(w, ticks, QUICK_BEGIN_SIZE, &now) || w->depth >= ITT_TRACK_DEPTH ||
                 !id_is_null(id) || !id_is_null(parent))) {
        begin_slow(w, domain, id, parent, name);
        return;
    }
    quick_put(w->at + 8, w->domain_forms[d] | w->name_forms[n]);
    struct open_task *task = &w->open[w->depth++];
    task->begin = now;
    task->where = (uintptr_t)w->at + w->where_bias;
    task->name = n;
    task->key = d;
    quick_commit(w, QUICK_BEGIN_SIZE, w->begin_form, now);
    thread_leave(w);
}

/*   0A 0A 40 [delta2] 50 [sequence2] | 5A 02 48 02 | cover   */
void task_end(const __itt_domain *domain)
{
    struct writer *w = thread_writer();
    if (unlikely(w->busy || domain == NULL)) {
        end_any(domain);
        return;
    }
    w->busy = 1;
    platform_fence();
    const uint32_t d = (uint32_t)domain->extra1;
    const uint32_t key = w->depth - 1 < ITT_TRACK_DEPTH ? w->open[w->depth - 1].key : KEY_NONE;
    if (unlikely(key == (d | KEY_UNCOLLECTED))) {
        w->depth--; /* begun while paused */
        thread_leave(w);
        return;
    }
    uint64_t now, ticks = platform_ticks();
    /* A plain key: collected, on the thread's own track. */
    if (unlikely(key != d || !quick_is_possible(w, ticks, END_SIZE, &now))) {
        end_slow_of(w, domain, ticks);
        return;
    }
    const uint32_t event = 0x0248025A;
    memcpy(w->at + 8, &event, 4);
    quick_commit(w, END_SIZE, w->end_form, now);
    w->depth--;
    thread_leave(w);
}

void task_begin_fn(const __itt_domain *domain, __itt_id id, __itt_id parent, void *function)
{
    struct writer *w = thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    if (domain != NULL) {
        struct label label = {.number = name_of_domain(domain), .id = id, .parent = parent};
        begin_function(w, &label, function);
    }
    thread_leave(w);
    guard_leave(guard);
}

void task_begin_region(unsigned char region)
{
    struct writer *w = region < REGION_COUNT ? thread_enter() : NULL;
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    struct label label = {
        .number = KEY_PT_REGION + region, .name = region_name(region), .category = region_category()};
    begin(w, &label);
    thread_leave(w);
    guard_leave(guard);
}

void task_end_region(unsigned char region)
{
    struct writer *w = region < REGION_COUNT ? thread_enter() : NULL;
    if (w != NULL)
        end_slow(w, KEY_PT_REGION + region, clock_ticks());
}

void task_begin_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                   __itt_id id, __itt_id parent, __itt_string_handle *name)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    struct label label = {name_of_domain(domain), .id = id, .parent = parent, .timed = true};
    label.time = stamp_time(clock, timestamp);
    begin_named(w, &label, name);
    thread_leave(w);
    guard_leave(guard);
}

void task_begin_fn_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                      __itt_id id, __itt_id parent, void *function)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    struct label label = {name_of_domain(domain), .id = id, .parent = parent, .timed = true};
    label.time = stamp_time(clock, timestamp);
    begin_function(w, &label, function);
    thread_leave(w);
    guard_leave(guard);
}

void task_end_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    end(w, name_of_domain(domain), true, stamp_time(clock, timestamp));
    thread_leave(w);
    guard_leave(guard);
}

void task_abandon(struct writer *w)
{
    for (uint32_t i = 0; i < w->depth; i++) {
        if ((w->open[i].key & KEY_LANE) == KEY_LANE)
            span_free(slice_spans(w), slice_span(w, w->open[i].where));
    }
}
