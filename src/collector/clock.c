#define _GNU_SOURCE
#include "clock.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

/*
 * adjtime() and NTP change the rate of CLOCK_MONOTONIC by 500 ppm at most, which is 1.5 us by then. An anchor takes 0.1 to
 * 0.3 us.
 */
#define SPAN_NS         3000000u
#define WINDOW_NS       100000000u /* over which a rate is measured; shorter ones at first */
#define CALIBRATION_NS  100000u
#define SAMPLE_ERROR_NS 3000u /* of two samples, on a busy machine */
#define TRIES           4
#define REFUSALS        3u

__extension__ typedef unsigned __int128 uint128;

bool clock_counts_ticks;

/* The best rate known and how long it was measured; the closest sample. Any thread writes them, relaxed. */
static _Atomic uint64_t best_rate;
static _Atomic uint64_t best_window = 1;
static _Atomic uint64_t closest_ever;

/* The counter and the system's clock at one moment: the closest of a few tries, or one about as close as they get. */
static void sample(uint64_t *ticks, uint64_t *ns)
{
    const uint64_t ever = atomic_load_explicit(&closest_ever, memory_order_relaxed);
    uint64_t closest = UINT64_MAX;
    if (!clock_counts_ticks) {
        *ticks = *ns = clock_system(CLOCK_MONOTONIC);
        return;
    }
    for (int i = 0; i < TRIES && closest > ever + ever / 4; i++) {
        uint64_t before = platform_ticks();
        uint64_t now = clock_system(CLOCK_MONOTONIC);
        uint64_t width = platform_ticks() - before;
        if (width < closest) {
            closest = width;
            *ticks = before + width / 2;
            *ns = now;
        }
    }
    if (closest < ever || ever == 0)
        atomic_store_explicit(&closest_ever, closest, memory_order_relaxed);
}

static uint64_t rate_of(uint64_t ns, uint64_t ticks)
{
    return ticks == 0 ? 0 : (uint64_t)(((uint128)ns << 32) / ticks);
}

/* The kernel's own choice says whether the counters of all processors agree and never stop. */
static bool counter_is_trusted(void)
{
#if defined(__x86_64__)
    char name[8] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, name, sizeof name - 1);
    close(fd);
    return n >= 4 && memcmp(name, "tsc\n", 4) == 0;
#else
    return PLATFORM_HAS_TICKS;
#endif
}

void clock_calibrate(void)
{
    uint64_t ticks0, ns0, ticks1, ns1;
    clock_counts_ticks = counter_is_trusted();
    atomic_store_explicit(&best_rate, (uint64_t)1 << 32, memory_order_relaxed);
    if (!clock_counts_ticks)
        return;
    sample(&ticks0, &ns0);
    while (clock_system(CLOCK_MONOTONIC) - ns0 < CALIBRATION_NS)
        continue;
    sample(&ticks1, &ns1);
    uint64_t rate = rate_of(ns1 - ns0, ticks1 - ticks0);
    if (ticks1 <= ticks0 || rate == 0 || rate >> 38 != 0) { /* slower than 16 MHz, or none */
        clock_counts_ticks = false;
        return;
    }
    atomic_store_explicit(&best_rate, rate, memory_order_relaxed);
    atomic_store_explicit(&best_window, ns1 - ns0, memory_order_relaxed);
}

/* Ours ran ahead by so much: it goes slower, by half at most, until it is caught up with. */
static void set_rate(struct clock *clock, uint64_t ahead)
{
    const uint64_t rate = atomic_load_explicit(&best_rate, memory_order_relaxed);
    clock->span = (uint64_t)(((uint128)SPAN_NS << 32) / rate);
    clock->rate = rate - (uint64_t)((uint128)rate * (ahead < SPAN_NS / 2 ? ahead : SPAN_NS / 2) / SPAN_NS);
}

static void set_mark(struct clock *clock, uint64_t ticks, uint64_t ns)
{
    clock->mark_ticks = ticks;
    clock->mark_ns = ns;
}

void clock_start(struct clock *clock)
{
    sample(&clock->base_ticks, &clock->base_ns);
    set_mark(clock, clock->base_ticks, clock->base_ns);
    clock->refused = 0;
    set_rate(clock, 0);
}

/*
 * The rate since the mark, where that is long enough ago. One far from what is known is not believed (a machine that slept,
 * or moved to another, measures nonsense once) unless this thread sees nothing else.
 */
static void learn_rate(struct clock *clock, uint64_t ticks, uint64_t ns)
{
    const uint64_t best = atomic_load_explicit(&best_window, memory_order_relaxed);
    const uint64_t known = atomic_load_explicit(&best_rate, memory_order_relaxed);
    const uint64_t window = ns - clock->mark_ns;
    if (window < best)
        return;
    const uint64_t rate = rate_of(window, ticks - clock->mark_ticks);
    const uint64_t doubt = known / 1000 + (uint64_t)((uint128)known * SAMPLE_ERROR_NS / best);
    const bool far = (rate > known ? rate - known : known - rate) > doubt;
    if (window >= WINDOW_NS || far)
        set_mark(clock, ticks, ns);
    if (rate == 0 || rate >> 38 != 0 || (far && clock->refused++ < REFUSALS))
        return;
    clock->refused = 0;
    atomic_store_explicit(&best_rate, rate, memory_order_relaxed);
    atomic_store_explicit(&best_window, window < WINDOW_NS ? window : WINDOW_NS, memory_order_relaxed);
}

void clock_anchor(struct clock *clock, uint64_t last)
{
    uint64_t ticks, ns;
    sample(&ticks, &ns);
    if (ticks <= clock->mark_ticks || clock->mark_ticks == 0) /* 0: a fork has wiped it */
        set_mark(clock, ticks, ns);
    else if (clock_counts_ticks)
        learn_rate(clock, ticks, ns);
    clock->base_ticks = ticks;
    clock->base_ns = ns > last ? ns : last;
    set_rate(clock, clock->base_ns - ns);
}

uint64_t clock_offset(clockid_t id)
{
    uint64_t offset = 0, closest = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t before = clock_system(CLOCK_MONOTONIC);
        uint64_t other = clock_system(id);
        uint64_t width = clock_system(CLOCK_MONOTONIC) - before;
        if (width < closest) {
            closest = width;
            offset = other - (before + width / 2);
        }
    }
    return offset;
}
