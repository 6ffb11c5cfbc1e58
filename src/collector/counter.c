#define _GNU_SOURCE
#include "counter.h"
#include "descriptor.h"
#include "guard.h"
#include "instant.h"
#include "join.h"
#include "number.h"
#include "process.h"
#include "room.h"
#include "short.h"
#include "stamp.h"
#include "thread.h"
#include <string.h>

#define COUNTERS WRITER_COUNTERS
#define ANY_TYPE 0xfu
#define KEY_MADE ((uint64_t)1 << 63)
#define LARGE    ((uint64_t)1 << 63)
#define MOST     (SHORT_HEAD + 24 + 12) /* bytes of a short packet */

/*
 * A counter is in the table from the moment that its key is, which never changes. Its value goes on in a forked child. What is written
 * of it is in order: each event has a time of its own, which changes together with the value.
 */
struct counter {
    _Alignas(64) struct platform_pair now; /* value: an integer, or the bits of a double; time of the last
                                              event, and LARGE: it was set to more than INT64_MAX */
    _Atomic uint64_t key;                  /* made . type 4 . domain's iid 20 . name's iid 20 */
    struct client_counter handle;
    _Atomic uint32_t unit; /* iid; 0: none */
};
static struct counter counters[COUNTERS];

/* Uuids of their tracks in this process, which a fork wipes; in the low bits join->number, of the recording that it is of. */
#define NUMBER_BITS ((1u << ITT_TRACK_KEY_SHIFT) - 1)
static _Atomic uint64_t *tracks;

bool counter_init(void)
{
    tracks = process_wiped_memory(COUNTERS * sizeof *tracks);
    return tracks != NULL;
}

static uint32_t iid_of(const char *text)
{
    const struct name *name = text == NULL ? NULL : name_intern(text);
    return name == NULL ? 0 : name->iid;
}

static uint32_t type_of(const struct counter *counter)
{
    return (uint32_t)(atomic_load_explicit(&counter->key, memory_order_relaxed) >> 40 & 0xf);
}

static uint32_t name_in(uint64_t key)
{
    return (uint32_t)(key & 0xfffff);
}

static uint32_t domain_in(uint64_t key)
{
    return (uint32_t)(key >> 20 & 0xfffff);
}

static uint64_t names_in(uint64_t key)
{
    return key & 0xffffffffff;
}

/* Any thread that finds it may be the first: all write the same. */
static void fill(struct counter *counter, uint64_t key)
{
    struct client_counter *handle = &counter->handle;
    uint32_t domain = domain_in(key);
    __atomic_store_n(&handle->name, name_text(name_in(key)).bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&handle->domain, domain == 0 ? NULL : name_text(domain).bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&handle->type, (int)(key >> 40 & 0xf), __ATOMIC_RELAXED);
}

/* Where to look first. */
static uint32_t place_of(uint64_t names)
{
    return (uint32_t)(names * 0x9e3779b97f4a7c15u >> 40) % COUNTERS;
}

/* Finds or makes it; NULL: there are too many. */
static struct counter *find(uint32_t domain, uint32_t name, uint32_t type)
{
    uint64_t names = (uint64_t)domain << 20 | name;
    uint32_t at = place_of(names);
    if (name == 0)
        return NULL;
    for (uint32_t probe = 0; probe < COUNTERS; probe++, at++) {
        struct counter *counter = &counters[at % COUNTERS];
        uint64_t wanted = names | KEY_MADE | (uint64_t)(type == ANY_TYPE ? __itt_metadata_u64 : type) << 40;
        uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
        if (key == 0 && atomic_compare_exchange_strong_explicit(&counter->key, &key, wanted,
                                                                memory_order_relaxed, memory_order_relaxed))
            key = wanted;
        if (key == wanted || (type == ANY_TYPE && names_in(key) == names)) {
            fill(counter, key);
            return counter;
        }
    }
    return NULL;
}

/* Whose value a call changes: what the handle stands for, one of ours or one that a client's static part made, or */
struct whose {
    __itt_counter handle;
    const __itt_domain *domain; /* where that is NULL, what has these names */
    __itt_string_handle *name;
};

static struct counter *known_by_name(const __itt_domain *domain, const __itt_string_handle *handle)
{
    uint32_t domain_iid = (uint32_t)domain->extra1, name = handle == NULL ? 0 : (uint32_t)handle->extra1;
    uint64_t names = (uint64_t)domain_iid << 20 | name;
    struct counter *counter = &counters[place_of(names)];
    bool known = domain_iid != 0 && name != 0 && (domain_iid | name) < 1u << 20 &&
                 names_in(atomic_load_explicit(&counter->key, memory_order_relaxed)) == names;
    return known ? counter : NULL;
}

/* NULL: search() is needed. */
static struct counter *known(const struct whose *whose)
{
    const struct client_counter *client = (struct client_counter *)(void *)whose->handle;
    uintptr_t offset = (uintptr_t)client - (uintptr_t)counters;
    if (offset < sizeof counters)
        return &counters[offset / sizeof *counters];
    if (client == NULL)
        return known_by_name(whose->domain, whose->name);
    int number = __atomic_load_n(&client->extra1, __ATOMIC_RELAXED);
    return number > 0 && number <= (int)COUNTERS ? &counters[number - 1] : NULL;
}

static struct counter *search(const struct whose *whose)
{
    struct client_counter *client = (struct client_counter *)(void *)whose->handle;
    struct counter *counter = known(whose);
    if (counter != NULL)
        return counter;
    if (client == NULL)
        return find(name_of_domain(whose->domain), name_of_handle(whose->name), ANY_TYPE);
    uint32_t type = client->type > 0 && client->type <= __itt_metadata_double ? (uint32_t)client->type
                                                                              : (uint32_t)__itt_metadata_u64;
    counter = find(iid_of(client->domain), iid_of(client->name == NULL ? "(unnamed)" : client->name), type);
    if (counter != NULL)
        __atomic_store_n(&client->extra1, (int)(counter - counters) + 1, __ATOMIC_RELAXED);
    return counter;
}

static uint64_t track_of(struct writer *w, const struct counter *counter)
{
    _Atomic uint64_t *cell = &tracks[counter - counters];
    uint64_t number = atomic_load_explicit(&w->join, memory_order_relaxed)->number & NUMBER_BITS;
    uint64_t track = atomic_load_explicit(cell, memory_order_relaxed);
    while (track == 0 || (track & NUMBER_BITS) != number) {
        uint64_t own = process_new_track(w->join) | number;
        if (atomic_compare_exchange_strong_explicit(cell, &track, own, memory_order_relaxed,
                                                    memory_order_relaxed))
            track = own;
    }
    return track & ~(uint64_t)NUMBER_BITS;
}

/* Makes the segment know it, which knows its names. */
static void tell(struct writer *w, const struct counter *counter, uint64_t track)
{
    const uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
    struct told_counter *told = &w->told[counter - counters];
    const struct descriptor group = {.uuid = w->process->track | ITT_GROUP_COUNTERS,
                                     .parent = w->process->track,
                                     .name = {"Counters", 8},
                                     .group = true};
    struct descriptor own = {.uuid = track,
                             .parent = group.uuid,
                             .counter = true,
                             .name = name_text(name_in(key)),
                             .description = name_text(domain_in(key)),
                             .unit = name_text(atomic_load_explicit(&counter->unit, memory_order_relaxed))};
    if (told->segment == w->segment)
        return;
    descriptor_tell(w, &group, &w->counters_told);
    descriptor_tell(w, &own, &told->segment);
    uint8_t *at = told->event;
    *at++ = WIRE_EVENT_TAG;
    at = wire_uint(at + 1, 9, EVENT_COUNTER);
    at = wire_uint(at, 10, name_in(key));
    if (domain_in(key) != 0)
        at = wire_uint(at, 3, domain_in(key));
    told->size = (uint8_t)(wire_uint(at, 11, track) - told->event);
}

static size_t cost_told(const struct writer *w, const struct counter *counter)
{
    if (w->told[counter - counters].segment == w->segment && w->live)
        return 0;
    uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
    return 256 + name_text(name_in(key)).length + name_text(domain_in(key)).length +
           name_text(atomic_load_explicit(&counter->unit, memory_order_relaxed)).length;
}

/* What a call does to a counter. */
enum { SET, ADD, SUBTRACT };
struct change {
    int how;          /* SET, ADD or SUBTRACT */
    uint64_t by;      /* of the latter */
    const void *from; /* of SET: the program's value */
    bool timed;
    uint64_t time;
};

/* The next value: of integers modulo 2^64, as the program's own would be. */
static uint64_t changed(uint32_t type, uint64_t value, const struct change *change)
{
    double sum, by = (double)change->by;
    if (change->how == SET)
        return number_read(type, change->from).bits;
    if (type != __itt_metadata_double && type != __itt_metadata_float)
        return change->how == ADD ? value + change->by : value - change->by;
    memcpy(&sum, &value, sizeof sum);
    sum += change->how == ADD ? by : -by;
    memcpy(&value, &sum, sizeof sum);
    return value;
}

/* As an event shows it. */
struct shown {
    uint64_t time;
    uint64_t value;
    bool is_double;
};

/*
 * Changes the value and, where `stamped`, its time: to shown->time, or a later one where the counter has that already, as
 * readers keep events of one time in the order of the file. False, and nothing is changed: that would be `latest` or later.
 */
static inline __attribute__((always_inline)) bool apply(struct counter *counter, const struct change *change,
                                                        bool stamped, uint64_t latest, struct shown *shown)
{
    const uint32_t type = type_of(counter);
    struct platform_pair old = platform_pair_guess(&counter->now), next;
    do {
        uint64_t large = old.high & LARGE, last = old.high & ~LARGE;
        next.low = changed(type, old.low, change);
        if (change->how == SET)
            large = type == __itt_metadata_u64 && next.low > INT64_MAX ? LARGE : 0;
        if (stamped) {
            last = shown->time > last ? shown->time : last + 1;
            if (last >= latest)
                return false;
        }
        next.high = last | large;
    } while (!platform_pair_swap(&counter->now, &old, next));
    if (stamped)
        shown->time = next.high & ~LARGE;
    shown->value = next.low;
    shown->is_double = type == __itt_metadata_double || type == __itt_metadata_float;
    if (next.high & LARGE && !shown->is_double) {
        double value = (double)next.low;
        memcpy(&shown->value, &value, sizeof value);
        shown->is_double = true;
    }
    return true;
}

/*
 *   0A [size] 40 [delta2] 50 [sequence2] | 5A [size] 48 04 50 [name] 18 [domain] 58 [track]
 *   F0 01 [value] or E1 02 [double8] | cover
 */
static inline __attribute__((always_inline)) bool change_quickly(struct writer *w, struct counter *counter,
                                                                 const struct change *change)
{
    const struct told_counter *told = &w->told[counter - counters];
    const uint64_t ticks = clock_ticks();
    struct shown shown;
    if (change->timed || told->segment != w->segment ||
        !quick_is_possible_wide(w, ticks, MOST, &shown.time) ||
        !apply(counter, change, true, w->last + QUICK_WIDE_DELTA, &shown))
        return false;
    uint8_t *start = short_event(w, shown.time), *at = start + told->size;
    memcpy(start, told->event, 24);
    if (shown.is_double) {
        at[0] = 0xE1;
        at[1] = 0x02;
        quick_put(at + 2, shown.value);
        at += 10;
    } else {
        at[0] = 0xF0;
        at[1] = 0x01;
        at = wire_varint(at + 2, shown.value);
    }
    short_commit(w, start, at, shown.time);
    return true;
}

/* Room is reserved, and the track told, ahead of the time. */
static void change_to(struct writer *w, struct counter *counter, const struct change *change)
{
    const uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
    struct event event = {
        .type = EVENT_COUNTER, .name = name_in(key), .category = domain_in(key), .absolute = change->timed};
    struct shown shown = {0};
    bool wanted = instant_wanted(w),
         room = wanted && room_for(w, event.name, event.category, event_cost(&event) + cost_told(w, counter));
    if (wanted && !room)
        room_lost(w);
    if (room) {
        event.track = track_of(w, counter);
        tell(w, counter, event.track);
        shown.time = change->timed ? change->time : writer_time(w, clock_ticks());
    }
    apply(counter, change, room && !change->timed, UINT64_MAX, &shown);
    if (!room)
        return;
    event.time = shown.time;
    event.value = shown.value;
    event.is_double = shown.is_double;
    event_write(w, &event);
}

static __attribute__((noinline)) void change_slowly(struct writer *w, const struct whose *whose,
                                                    const struct change *change)
{
    if (thread_is_behind(w) && !thread_follow(w)) {
        thread_leave(w);
        return;
    }
    struct guard guard = guard_enter();
    struct counter *counter = search(whose);
    if (counter != NULL)
        change_to(w, counter, change);
    else if (whose->handle == NULL)
        atomic_fetch_add_explicit(&w->head->names_beyond, 1, memory_order_relaxed);
    thread_leave(w);
    guard_leave(guard);
}

/* Inlined, as `how` is a constant then. */
static inline __attribute__((always_inline)) void update(const struct whose *whose,
                                                         const struct change *change)
{
    struct writer *w = thread_writer();
    if (w->busy) {
        w = thread_enter_slow();
        if (w == NULL)
            return;
    }
    w->busy = 1;
    platform_fence();
    struct counter *counter = known(whose);
    if (counter != NULL && change_quickly(w, counter, change))
        thread_leave(w);
    else
        change_slowly(w, whose, change);
}

static __itt_counter create(uint32_t domain, const char *name, uint32_t type)
{
    if (type == __itt_metadata_unknown || type > __itt_metadata_double)
        type = __itt_metadata_u64;
    struct counter *counter = find(domain, iid_of(name == NULL ? "(unnamed)" : name), type);
    if (counter != NULL)
        return (__itt_counter)(void *)&counter->handle;
    atomic_fetch_add_explicit(&join_now()->head->names_beyond, 1, memory_order_relaxed);
    return NULL;
}

__itt_counter counter_create(const char *name, const char *domain)
{
    return create(iid_of(domain), name, __itt_metadata_u64);
}

__itt_counter counter_create_typed(const char *name, const char *domain, __itt_metadata_type type)
{
    return create(iid_of(domain), name, (uint32_t)type);
}

__itt_counter counter_create_in(const __itt_domain *domain, const char *name, __itt_metadata_type type)
{
    return create(domain == NULL ? 0 : name_of_domain(domain), name, (uint32_t)type);
}

/* Its values stay in the trace, and whoever makes it again goes on with them. */
void counter_destroy(__itt_counter counter)
{
    (void)counter;
}

void counter_set(__itt_counter counter, void *value)
{
    if (counter != NULL && value != NULL)
        update(&(struct whose){.handle = counter}, &(struct change){.how = SET, .from = value});
}

void counter_set_at(__itt_counter counter, __itt_clock_domain *clock, unsigned long long timestamp,
                    void *value)
{
    struct change change = {.how = SET, .from = value, .timed = true};
    if (counter == NULL || value == NULL)
        return;
    change.time = stamp_time(clock, timestamp);
    update(&(struct whose){.handle = counter}, &change);
}

void counter_inc(__itt_counter counter)
{
    counter_add(counter, 1);
}

void counter_dec(__itt_counter counter)
{
    counter_subtract(counter, 1);
}

void counter_add(__itt_counter counter, unsigned long long delta)
{
    if (counter != NULL)
        update(&(struct whose){.handle = counter}, &(struct change){.how = ADD, .by = delta});
}

void counter_subtract(__itt_counter counter, unsigned long long delta)
{
    if (counter != NULL)
        update(&(struct whose){.handle = counter}, &(struct change){.how = SUBTRACT, .by = delta});
}

void counter_inc_named(const __itt_domain *domain, __itt_string_handle *name)
{
    counter_add_named(domain, name, 1);
}

void counter_dec_named(const __itt_domain *domain, __itt_string_handle *name)
{
    counter_subtract_named(domain, name, 1);
}

void counter_add_named(const __itt_domain *domain, __itt_string_handle *name, unsigned long long delta)
{
    if (domain != NULL)
        update(&(struct whose){.domain = domain, .name = name}, &(struct change){.how = ADD, .by = delta});
}

void counter_subtract_named(const __itt_domain *domain, __itt_string_handle *name, unsigned long long delta)
{
    if (domain != NULL)
        update(&(struct whose){.domain = domain, .name = name},
               &(struct change){.how = SUBTRACT, .by = delta});
}

/* Its unit is shown; what else there is about it is left out. */
void counter_describe(__itt_counter handle, size_t length, __itt_context_metadata *metadata)
{
    struct counter *counter =
        metadata == NULL || handle == NULL ? NULL : search(&(struct whose){handle, NULL, NULL});
    for (size_t i = 0; counter != NULL && i < length; i++) {
        if (metadata[i].type == __itt_context_unitsA && metadata[i].value != NULL)
            atomic_store_explicit(&counter->unit, iid_of(metadata[i].value), memory_order_relaxed);
    }
}
