#define _GNU_SOURCE
#include "counter.h"
#include "descriptor.h"
#include "guard.h"
#include "instant.h"
#include "join.h"
#include "number.h"
#include "process.h"
#include "room.h"
#include "stamp.h"
#include "thread.h"
#include <sched.h>
#include <string.h>

#define COUNTERS WRITER_COUNTERS
#define ANY_TYPE 0xfu
#define KEY_MADE ((uint64_t)1 << 63)
#define SPINS    100u
#define YIELDS   1000u

/*
 * A counter is in the table from the moment that its key is, which never changes. Its value goes on in a forked child. What is written
 * of it is in order: value and time are taken under `owner`, a lock that a child takes away from its parent's threads. Who does
 * not get it in time leaves its value to be shown by the owner.
 */
struct counter {
    _Atomic uint64_t key; /* made . type 4 . domain's iid 20 . name's iid 20 */
    struct client_counter handle;
    _Atomic uint64_t value;  /* an integer, or the bits of a double */
    _Atomic uint32_t large;  /* it was set to more than INT64_MAX */
    _Atomic uint32_t unit;   /* iid; 0: none */
    _Atomic uint32_t owner;  /* pid; 0: free */
    _Atomic uint32_t missed; /* somebody did not get the lock: its owner shows the value in its place */
    uint64_t last;           /* time of the last event */
};
static struct counter counters[COUNTERS];

/* Their tracks in this process, which a fork wipes: changed under the counter's lock. */
static struct {
    uint64_t track;
    uint32_t recording; /* join->number that it is of */
} *shown;

bool counter_init(void)
{
    shown = process_wiped_memory(COUNTERS * sizeof *shown);
    return shown != NULL;
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

static bool is_double(const struct counter *counter)
{
    uint32_t type = type_of(counter);
    return type == __itt_metadata_double || type == __itt_metadata_float;
}

/* Any thread that finds it may be the first: all write the same. */
static void fill(struct counter *counter, uint64_t key)
{
    struct client_counter *handle = &counter->handle;
    uint32_t domain = (uint32_t)(key >> 20 & 0xfffff);
    __atomic_store_n(&handle->name, name_text((uint32_t)(key & 0xfffff)).bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&handle->domain, domain == 0 ? NULL : name_text(domain).bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&handle->type, (int)(key >> 40 & 0xf), __ATOMIC_RELAXED);
}

/* Finds or makes it; NULL: there are too many. */
static struct counter *find(uint32_t domain, uint32_t name, uint32_t type)
{
    uint64_t names = (uint64_t)domain << 20 | name;
    uint32_t at = (uint32_t)(names * 0x9e3779b97f4a7c15u >> 40);
    if (name == 0)
        return NULL;
    for (uint32_t probe = 0; probe < COUNTERS; probe++, at++) {
        struct counter *counter = &counters[at % COUNTERS];
        uint64_t wanted = names | KEY_MADE | (uint64_t)(type == ANY_TYPE ? __itt_metadata_u64 : type) << 40;
        uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
        if (key == 0 && atomic_compare_exchange_strong_explicit(&counter->key, &key, wanted,
                                                                memory_order_relaxed, memory_order_relaxed))
            key = wanted;
        if (key == wanted || (type == ANY_TYPE && (key & 0xffffffffff) == names)) {
            fill(counter, key);
            return counter;
        }
    }
    return NULL;
}

/* What a handle stands for: one of ours, or one that a client's static part made. */
static struct counter *counter_of(__itt_counter handle)
{
    struct client_counter *client = (struct client_counter *)(void *)handle;
    uintptr_t offset = (uintptr_t)handle - (uintptr_t)counters;
    if (handle == NULL)
        return NULL;
    if (offset < sizeof counters)
        return &counters[offset / sizeof *counters];
    int number = __atomic_load_n(&client->extra1, __ATOMIC_RELAXED);
    if (number > 0 && number <= (int)COUNTERS)
        return &counters[number - 1];
    uint32_t type = client->type > 0 && client->type <= __itt_metadata_double ? (uint32_t)client->type
                                                                              : (uint32_t)__itt_metadata_u64;
    struct counter *counter =
        find(iid_of(client->domain), iid_of(client->name == NULL ? "(unnamed)" : client->name), type);
    if (counter != NULL)
        __atomic_store_n(&client->extra1, (int)(counter - counters) + 1, __ATOMIC_RELAXED);
    return counter;
}

static bool try_lock(struct counter *counter, uint32_t self)
{
    uint32_t owner = atomic_load(&counter->owner);
    return owner != self && atomic_compare_exchange_strong(&counter->owner, &owner, self);
}

static bool lock(struct counter *counter, uint32_t self)
{
    for (uint32_t try = 0; try < SPINS + YIELDS; try++) {
        if (try_lock(counter, self))
            return true;
        if (try >= SPINS)
            sched_yield();
    }
    return false;
}

static uint64_t track_of(struct writer *w, struct counter *counter)
{
    size_t i = (size_t)(counter - counters);
    uint32_t recording = atomic_load_explicit(&w->join, memory_order_relaxed)->number;
    if (shown[i].track == 0 || shown[i].recording != recording) {
        shown[i].track = process_new_track(w->join);
        shown[i].recording = recording;
    }
    return shown[i].track;
}

static void tell(struct writer *w, struct counter *counter, uint64_t track)
{
    const uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
    const struct descriptor group = {.uuid = w->process->track | ITT_GROUP_COUNTERS,
                                     .parent = w->process->track,
                                     .name = {"Counters", 8},
                                     .group = true};
    struct descriptor own = {.uuid = track,
                             .parent = group.uuid,
                             .counter = true,
                             .name = name_text((uint32_t)(key & 0xfffff)),
                             .description = name_text((uint32_t)(key >> 20 & 0xfffff)),
                             .unit = name_text(atomic_load_explicit(&counter->unit, memory_order_relaxed))};
    descriptor_tell(w, &group, &w->counters_told);
    descriptor_tell(w, &own, &w->counter_told[counter - counters]);
}

static size_t cost_told(const struct writer *w, const struct counter *counter)
{
    if (w->counter_told[counter - counters] == w->segment && w->live)
        return 0;
    uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
    return 256 + name_text((uint32_t)(key & 0xfffff)).length +
           name_text((uint32_t)(key >> 20 & 0xfffff)).length +
           name_text(atomic_load_explicit(&counter->unit, memory_order_relaxed)).length;
}

static void set_value(const struct counter *counter, struct event *event)
{
    event->value = atomic_load_explicit(&counter->value, memory_order_relaxed);
    event->is_double = is_double(counter);
    if (!event->is_double && atomic_load_explicit(&counter->large, memory_order_relaxed)) {
        double value = (double)event->value;
        memcpy(&event->value, &value, sizeof value);
        event->is_double = true;
    }
}

/* Under the lock. No two values have the same time: readers keep such in the order of the file. */
static void write_value(struct writer *w, struct counter *counter, struct event *event)
{
    event->track = track_of(w, counter);
    tell(w, counter, event->track);
    set_value(counter, event);
    if (!event->absolute) {
        event->time = writer_time(w, clock_ticks());
        if (event->time <= counter->last)
            event->time = counter->last + 1;
        counter->last = event->time;
    }
    event_write(w, event);
}

static void add_double(struct counter *counter, double by)
{
    uint64_t now = atomic_load_explicit(&counter->value, memory_order_relaxed), next;
    double value;
    do {
        memcpy(&value, &now, sizeof value);
        value += by;
        memcpy(&next, &value, sizeof next);
    } while (!atomic_compare_exchange_weak_explicit(&counter->value, &now, next, memory_order_relaxed,
                                                    memory_order_relaxed));
}

/* What a call does to a counter. */
enum { SET, ADD, SUBTRACT };
struct change {
    int how;        /* SET, ADD or SUBTRACT */
    uint64_t value; /* of SET: as counter.value */
    bool timed;
    uint64_t time;
};

/* Integers modulo 2^64, as the program's own would be. */
static void apply(struct counter *counter, const struct change *change)
{
    uint64_t by = change->value;
    if (change->how == SET) {
        atomic_store_explicit(&counter->value, by, memory_order_relaxed);
        atomic_store_explicit(&counter->large, type_of(counter) == __itt_metadata_u64 && by > INT64_MAX,
                              memory_order_relaxed);
    } else if (is_double(counter)) {
        add_double(counter, change->how == ADD ? (double)by : -(double)by);
    } else {
        atomic_fetch_add_explicit(&counter->value, change->how == ADD ? by : 0 - by, memory_order_relaxed);
    }
}

/* What others left to be shown. */
static void give_back(struct writer *w, struct counter *counter, struct event *event)
{
    atomic_store(&counter->owner, 0);
    while (atomic_load(&counter->missed) &&
           room_for(w, event->name, event->category, event_cost(event) + cost_told(w, counter)) &&
           try_lock(counter, w->process->pid)) {
        atomic_store(&counter->missed, 0);
        event->absolute = false;
        write_value(w, counter, event);
        atomic_store(&counter->owner, 0);
    }
}

/* Room is reserved before the lock is taken: that may take long. */
static void update(struct writer *w, struct counter *counter, const struct change *change)
{
    const uint64_t key = atomic_load_explicit(&counter->key, memory_order_relaxed);
    struct event event = {.type = EVENT_COUNTER,
                          .name = (uint32_t)(key & 0xfffff),
                          .category = (uint32_t)(key >> 20 & 0xfffff),
                          .kind = ITT_KIND_COUNTER,
                          .absolute = change->timed,
                          .time = change->time};
    bool shown_now = instant_wanted(w);
    if (shown_now && !room_for(w, event.name, event.category, event_cost(&event) + cost_told(w, counter))) {
        room_lost(w);
        shown_now = false;
    }
    if (!shown_now) {
        apply(counter, change);
        return;
    }
    bool locked = lock(counter, w->process->pid);
    apply(counter, change);
    if (!locked) {
        atomic_store(&counter->missed, 1);
        locked = try_lock(counter, w->process->pid);
    }
    if (!locked)
        return;
    atomic_store(&counter->missed, 0);
    write_value(w, counter, &event);
    give_back(w, counter, &event);
}

struct call {
    struct writer *w;
    struct guard guard;
};

static bool call_enter(struct call *call)
{
    call->w = thread_enter();
    if (call->w != NULL)
        call->guard = guard_enter();
    return call->w != NULL;
}

static void call_leave(struct call *call)
{
    thread_leave(call->w);
    guard_leave(call->guard);
}

static void set(__itt_counter handle, const void *from, bool timed, const __itt_clock_domain *clock,
                uint64_t timestamp)
{
    struct call call;
    if (handle == NULL || from == NULL || !call_enter(&call))
        return;
    struct counter *counter = counter_of(handle);
    if (counter != NULL) {
        const struct change change = {.how = SET,
                                      .value = number_read(type_of(counter), from).bits,
                                      .timed = timed,
                                      .time = timed ? stamp_time(clock, timestamp) : 0};
        update(call.w, counter, &change);
    }
    call_leave(&call);
}

static void change_by_handle(__itt_counter handle, uint64_t by, int how)
{
    const struct change change = {.how = how, .value = by};
    struct call call;
    if (handle == NULL || !call_enter(&call))
        return;
    struct counter *counter = counter_of(handle);
    if (counter != NULL)
        update(call.w, counter, &change);
    call_leave(&call);
}

static void change_by_name(const __itt_domain *domain, __itt_string_handle *name, uint64_t by, int how)
{
    const struct change change = {.how = how, .value = by};
    struct call call;
    if (domain == NULL || !call_enter(&call))
        return;
    struct counter *counter = find(name_of_domain(domain), name_of_handle(name), ANY_TYPE);
    if (counter != NULL)
        update(call.w, counter, &change);
    else
        atomic_fetch_add_explicit(&call.w->head->names_beyond, 1, memory_order_relaxed);
    call_leave(&call);
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
    set(counter, value, false, NULL, 0);
}

void counter_set_at(__itt_counter counter, __itt_clock_domain *clock, unsigned long long timestamp,
                    void *value)
{
    set(counter, value, true, clock, timestamp);
}

void counter_inc(__itt_counter counter)
{
    change_by_handle(counter, 1, ADD);
}

void counter_dec(__itt_counter counter)
{
    change_by_handle(counter, 1, SUBTRACT);
}

void counter_add(__itt_counter counter, unsigned long long delta)
{
    change_by_handle(counter, delta, ADD);
}

void counter_subtract(__itt_counter counter, unsigned long long delta)
{
    change_by_handle(counter, delta, SUBTRACT);
}

void counter_inc_named(const __itt_domain *domain, __itt_string_handle *name)
{
    change_by_name(domain, name, 1, ADD);
}

void counter_dec_named(const __itt_domain *domain, __itt_string_handle *name)
{
    change_by_name(domain, name, 1, SUBTRACT);
}

void counter_add_named(const __itt_domain *domain, __itt_string_handle *name, unsigned long long delta)
{
    change_by_name(domain, name, delta, ADD);
}

void counter_subtract_named(const __itt_domain *domain, __itt_string_handle *name, unsigned long long delta)
{
    change_by_name(domain, name, delta, SUBTRACT);
}

/* Its unit is shown; what else there is about it is left out. */
void counter_describe(__itt_counter handle, size_t length, __itt_context_metadata *metadata)
{
    struct counter *counter = metadata == NULL ? NULL : counter_of(handle);
    for (size_t i = 0; counter != NULL && i < length; i++) {
        if (metadata[i].type == __itt_context_unitsA && metadata[i].value != NULL)
            atomic_store_explicit(&counter->unit, iid_of(metadata[i].value), memory_order_relaxed);
    }
}
