/* Nanoseconds of CLOCK_MONOTONIC from the time stamp counter. Each thread has a clock of its own. */
#ifndef ITT_COLLECTOR_CLOCK_H
#define ITT_COLLECTOR_CLOCK_H

#include "platform.h"
#include <stdbool.h>
#include <time.h>

/*
 *   now = base_ns + (ticks - base_ticks) * rate / 2^32
 *
 * Good for `span` ticks (some ms; the product fits 64 bits for 4 s); then clock_anchor() ties it anew.
 */
struct clock {
    uint64_t base_ticks;
    uint64_t base_ns;
    uint64_t rate; /* nanoseconds a tick, times 2^32 */
    uint64_t span;
    uint64_t mark_ticks; /* where the measuring of the rate began, */
    uint64_t mark_ns;    /* by CLOCK_MONOTONIC */
    uint32_t refused;    /* rates measured since that were not believed */
};

/* Whether ticks are the counter's; else they are nanoseconds of CLOCK_MONOTONIC. Set once, before any thread's clock. */
extern bool clock_counts_ticks;

static inline uint64_t clock_system(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t clock_ticks(void)
{
    if (__builtin_expect(clock_counts_ticks, 1))
        return platform_ticks();
    return clock_system(CLOCK_MONOTONIC);
}

/* Only for ticks within the clock's span. */
static inline uint64_t clock_time(const struct clock *clock, uint64_t ticks)
{
    return clock->base_ns + ((ticks - clock->base_ticks) * clock->rate >> 32);
}

static inline bool clock_in_span(const struct clock *clock, uint64_t ticks)
{
    return ticks - clock->base_ticks <= clock->span;
}

/* Finds out which counter to trust and how fast it is (0.1 ms). Once a process image, before clock_start(). */
void clock_calibrate(void);

void clock_start(struct clock *clock);

/* Ties the clock to the system's again, without going back behind `last`. */
void clock_anchor(struct clock *clock, uint64_t last);

/* How far another clock of the system is from CLOCK_MONOTONIC, in ns, modulo 2^64. */
uint64_t clock_offset(clockid_t id);

#endif
