#define _GNU_SOURCE
#include "mode.h"
#include <ittnotify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAMES   5000
#define LONG_NS 20000 /* more than a short event can say */

static __itt_domain *domain;
static __itt_string_handle *name, *names[NAMES], *key;
static __itt_counter counter;
static uint64_t long_ticks;
_Thread_local uint64_t mode_idle;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

uint64_t mode_stamp(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return (uint64_t)now();
#endif
}

double mode_rate(void)
{
    double begin = now();
    uint64_t ticks = mode_stamp();
    while (now() - begin < 1e7)
        continue;
    return (double)(mode_stamp() - ticks) / (now() - begin);
}

static inline char *store(char *at, uint64_t time)
{
    uint64_t event[3] = {time, 1, 2};
    memcpy(at, event, sizeof event);
    __asm__ volatile("" ::: "memory");
    return at + sizeof event;
}

/* What no recorder can go below: two time stamps and two small stores to a mapped file, its pages written already. */
static void lowest(long n, char *thread)
{
    char *at = thread, *end = thread + MODE_BUFFER - 64;
    for (long i = 0; i < n; i++) {
        at = store(at, mode_stamp());
        at = store(at, mode_stamp());
        if (at > end)
            at = thread;
    }
}

static void empty_begin(const __itt_domain *d, __itt_id id, __itt_id parent, __itt_string_handle *n)
{
    (void)d, (void)id, (void)parent, (void)n;
}

static void empty_end(const __itt_domain *d)
{
    (void)d;
}

static void (*volatile begin_pointer)(const __itt_domain *, __itt_id, __itt_id,
                                      __itt_string_handle *) = empty_begin;
static void (*volatile end_pointer)(const __itt_domain *) = empty_end;

/* Two indirect calls that do nothing. */
static void empty(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++) {
        begin_pointer(domain, __itt_null, __itt_null, name);
        end_pointer(domain);
    }
}

static void label(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        __itt_task_end(domain);
    }
}

/* n tasks, ten inside each other. */
static void nested(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i += 10) {
        for (int depth = 0; depth < 10; depth++)
            __itt_task_begin(domain, __itt_null, __itt_null, name);
        for (int depth = 0; depth < 10; depth++)
            __itt_task_end(domain);
    }
}

static void cycle(long n, int count)
{
    for (long i = 0, which = 0; i < n; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, names[which]);
        __itt_task_end(domain);
        which = which + 1 < count ? which + 1 : 0;
    }
}

static void names_200(long n, char *thread)
{
    (void)thread;
    cycle(n, 200);
}

static void names_5000(long n, char *thread)
{
    (void)thread;
    cycle(n, NAMES);
}

static void wait_long(void)
{
    uint64_t begin = mode_stamp(), passed;
    while ((passed = mode_stamp() - begin) < long_ticks)
        continue;
    mode_idle += passed;
}

static void longs(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        wait_long();
        __itt_task_end(domain);
    }
}

static void waits(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++)
        wait_long();
}

/* Each with an id of its own. */
static void overlapped(long n, char *thread)
{
    for (long i = 0; i < n; i++) {
        __itt_id id = {(unsigned long long)i + 1, (uintptr_t)thread, 0};
        __itt_task_begin_overlapped(domain, id, __itt_null, name);
        __itt_task_end_overlapped(domain, id);
    }
}

static void region(long n, char *thread)
{
    for (long i = 0; i < n; i++) {
        __itt_id id = {(unsigned long long)i + 1, (uintptr_t)thread, 0};
        __itt_region_begin(domain, id, __itt_null, name);
        __itt_region_end(domain, id);
    }
}

static void frame(long n, char *thread)
{
    for (long i = 0; i < n; i++) {
        __itt_id id = {(unsigned long long)i + 1, (uintptr_t)thread, 0};
        __itt_frame_begin_v3(domain, &id);
        __itt_frame_end_v3(domain, &id);
    }
}

/* At times that lie a little apart, as a program has them ready. */
static void frame_submit(long n, char *thread)
{
    (void)thread;
    __itt_timestamp time = __itt_get_timestamp();
    for (long i = 0; i < n; i++, time += 40)
        __itt_frame_submit_v3(domain, NULL, time, time + 20);
}

static void counter_set(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++) {
        uint64_t value = (uint64_t)i;
        __itt_counter_set_value(counter, &value);
    }
}

static void counter_inc(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++)
        __itt_counter_inc(counter);
}

static void marker(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++)
        __itt_marker(domain, __itt_null, name, __itt_scope_task);
}

/* One on each task. */
static void metadata(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++) {
        uint64_t value = (uint64_t)i;
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        __itt_metadata_add(domain, __itt_null, key, __itt_metadata_u64, 1, &value);
        __itt_task_end(domain);
    }
}

static void metadata_str(long n, char *thread)
{
    (void)thread;
    for (long i = 0; i < n; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        __itt_metadata_str_add(domain, __itt_null, key, "a text of twenty-four...", 24);
        __itt_task_end(domain);
    }
}

/* A lock that is free, as a runtime says it. */
static void turns(long n, char *thread)
{
    __itt_sync_create(thread, "Mutex", "bench", __itt_attr_mutex);
    for (long i = 0; i < n; i++) {
        __itt_sync_prepare(thread);
        __itt_sync_acquired(thread);
        __itt_sync_releasing(thread);
    }
}

#ifdef PEER
static void peer(long n, char *thread)
{
    (void)thread;
    peer_pairs(n);
}
#endif

static void prepare(void)
{
    domain = __itt_domain_create("bench");
    name = __itt_string_handle_create("pair");
    key = __itt_string_handle_create("key");
}

static void prepare_names(void)
{
    char text[32];
    prepare();
    for (int i = 0; i < NAMES; i++) {
        snprintf(text, sizeof text, "function %d", i);
        names[i] = __itt_string_handle_create(text);
    }
}

static void prepare_counter(void)
{
    prepare();
    counter = __itt_counter_create_typed("counter", "bench", __itt_metadata_u64);
}

static void prepare_paused(void)
{
    prepare();
    __itt_pause();
}

static void prepare_long(void)
{
    prepare();
    long_ticks = (uint64_t)(mode_rate() * LONG_NS);
}

static const struct mode modes[] = {
    {"floor", lowest, NULL},
    {"empty", empty, NULL},
    {"label", label, prepare},
    {"paused", label, prepare_paused},
    {"nested", nested, prepare},
    {"names_200", names_200, prepare_names},
    {"names_5000", names_5000, prepare_names},
    {"long", longs, prepare_long},
    {"wait", waits, prepare_long},
    {"overlapped", overlapped, prepare},
    {"region", region, prepare},
    {"frame", frame, prepare},
    {"frame_submit", frame_submit, prepare},
    {"counter_set", counter_set, prepare_counter},
    {"counter_inc", counter_inc, prepare_counter},
    {"marker", marker, prepare},
    {"metadata", metadata, prepare},
    {"metadata_str", metadata_str, prepare},
    {"sync", turns, prepare},
#ifdef PEER
    {"peer", peer, NULL},
#endif
};

const struct mode *mode_find(const char *wanted)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, wanted) == 0)
            return &modes[i];
    return NULL;
}
