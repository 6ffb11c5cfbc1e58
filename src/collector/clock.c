#define _GNU_SOURCE
#include "clock.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#define FIRST_SPAN_NS   10000000u
#define LONGEST_SPAN_NS 1000000000u
#define SAMPLE_ERROR_NS 3000u /* of two samples, on a busy machine */
#define CALIBRATION_NS  100000u

__extension__ typedef unsigned __int128 uint128;

bool clock_counts_ticks;

/* The best rate known, for new threads' clocks, and how long it was measured. Any thread writes them, relaxed. */
static _Atomic uint64_t best_rate;
static _Atomic uint64_t best_window = 1;

/* The counter and the system's clock at one moment: the closest of a few tries. */
static void sample(uint64_t *ticks, uint64_t *ns)
{
    uint64_t closest = UINT64_MAX;
    if (!clock_counts_ticks) {
        *ticks = *ns = clock_system(CLOCK_MONOTONIC);
        return;
    }
    for (int i = 0; i < 4; i++) {
        uint64_t before = platform_ticks();
        uint64_t now = clock_system(CLOCK_MONOTONIC);
        uint64_t width = platform_ticks() - before;
        if (width < closest) {
            closest = width;
            *ticks = before + width / 2;
            *ns = now;
        }
    }
}

static uint64_t rate_of(uint64_t ns, uint64_t ticks)
{
    return ticks == 0 ? 0 : (uint64_t)(((uint128)ns << 32) / ticks);
}

static void set_span(struct clock *clock, uint64_t ns)
{
    clock->span_ns = ns;
    clock->span = (uint64_t)(((uint128)ns << 32) / clock->rate);
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

void clock_start(struct clock *clock)
{
    sample(&clock->base_ticks, &clock->base_ns);
    clock->true_ns = clock->base_ns;
    clock->rate = atomic_load_explicit(&best_rate, memory_order_relaxed);
    uint64_t window = atomic_load_explicit(&best_window, memory_order_relaxed);
    set_span(clock, window < FIRST_SPAN_NS ? FIRST_SPAN_NS : LONGEST_SPAN_NS);
}

/*
 * The rate since the last anchor, if it can be believed: an interval long enough, and near to what is known (a machine
 * that slept, or moved to another, measures nonsense once).
 */
static void learn_rate(uint64_t window, uint64_t passed)
{
    uint64_t best = atomic_load_explicit(&best_window, memory_order_relaxed);
    uint64_t known = atomic_load_explicit(&best_rate, memory_order_relaxed);
    uint64_t rate = rate_of(window, passed);
    uint64_t doubt = known / 1000 + (uint64_t)((uint128)known * SAMPLE_ERROR_NS / best);
    uint64_t difference = rate > known ? rate - known : known - rate;
    if (window < FIRST_SPAN_NS || (window < best && window < LONGEST_SPAN_NS / 2) || difference > doubt)
        return;
    atomic_store_explicit(&best_rate, rate, memory_order_relaxed);
    atomic_store_explicit(&best_window, window < LONGEST_SPAN_NS ? window : LONGEST_SPAN_NS,
                          memory_order_relaxed);
}

void clock_anchor(struct clock *clock, uint64_t last)
{
    uint64_t ticks, ns;
    sample(&ticks, &ns);
    if (clock_counts_ticks && ticks > clock->base_ticks)
        learn_rate(ns - clock->true_ns, ticks - clock->base_ticks);
    uint64_t span_ns = clock->span_ns < LONGEST_SPAN_NS / 10 ? clock->span_ns * 10 : LONGEST_SPAN_NS;
    clock->base_ticks = ticks;
    clock->true_ns = ns;
    clock->base_ns = ns > last ? ns : last;
    clock->rate = atomic_load_explicit(&best_rate, memory_order_relaxed);
    set_span(clock, span_ns);
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
