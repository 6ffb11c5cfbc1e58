#define _GNU_SOURCE
#include "stamp.h"
#include "clock.h"
#include "process.h"
#include "symbol.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#define CLOCKS_MAX 256u
#define AHEAD_NS   60000000000u
#define EARLIEST   1000 /* ns since the machine's start: some to be moved by */

__extension__ typedef __int128 int128;

/* The clock at one moment: `base` of its units passed at `anchor` of our nanoseconds, `frequency` a second. */
struct reading {
    _Atomic uint64_t anchor;
    _Atomic uint64_t base;
    _Atomic uint64_t frequency;
};

/*
 * Kept by fork, as the program keeps its pointers. The newest reading is number `version`; the next one is written beside it, by whoever
 * sets `busy`, so that nobody ever waits: its process id, as a fork may leave it set by a thread that the child does not have.
 */
static struct {
    __itt_clock_domain object;
    _Atomic uint32_t version;
    _Atomic int busy;
    bool
        in_object; /* the callback is a library's, which may be unloaded; else one that was made at run time */
    struct reading reading[2];
} clocks[CLOCKS_MAX];
static _Atomic uint32_t clocks_made;
static __itt_clock_domain one_too_many; /* its times cannot be told */

static bool take(uint32_t i)
{
    const int self = getpid();
    int holder = 0;
    while (!atomic_compare_exchange_weak_explicit(&clocks[i].busy, &holder, self, memory_order_acquire,
                                                  memory_order_relaxed))
        if (holder == self)
            return false;
    return true;
}

static void ask(uint32_t i)
{
    __itt_clock_domain *object = &clocks[i].object;
    __itt_get_clock_info_fn function = __atomic_load_n(&object->fn, __ATOMIC_ACQUIRE);
    if (function == NULL || (clocks[i].in_object && !symbol_is_loaded((uintptr_t)function)) || !take(i))
        return;
    uint32_t version = atomic_load_explicit(&clocks[i].version, memory_order_relaxed) + 1;
    struct reading *next = &clocks[i].reading[version % 2];
    __itt_clock_info info = {0, 0};
    uint64_t before = clock_system(CLOCK_MONOTONIC);
    function(&info, object->fn_data);
    uint64_t after = clock_system(CLOCK_MONOTONIC);
    object->info = info;
    atomic_store_explicit(&next->anchor, before + (after - before) / 2, memory_order_relaxed);
    atomic_store_explicit(&next->base, info.clock_base, memory_order_relaxed);
    atomic_store_explicit(&next->frequency, info.clock_freq, memory_order_relaxed);
    atomic_store_explicit(&clocks[i].version, version, memory_order_release);
    atomic_store_explicit(&clocks[i].busy, 0, memory_order_release);
}

/* The callback is the program's: it may label, so no writer is entered meanwhile. */
__itt_clock_domain *stamp_create(__itt_get_clock_info_fn function, void *data)
{
    uint32_t i = atomic_load_explicit(&clocks_made, memory_order_relaxed);
    if (i >= CLOCKS_MAX)
        return &one_too_many;
    i = atomic_fetch_add_explicit(&clocks_made, 1, memory_order_relaxed);
    if (i >= CLOCKS_MAX)
        return &one_too_many;
    clocks[i].object.fn_data = data;
    clocks[i].in_object = symbol_is_loaded((uintptr_t)function);
    __atomic_store_n(&clocks[i].object.fn, function, __ATOMIC_RELEASE);
    ask(i);
    return &clocks[i].object;
}

void stamp_reset(void)
{
    for (uint32_t i = 0; i < CLOCKS_MAX; i++)
        ask(i);
}

static bool convert(const __itt_clock_domain *clock, uint64_t timestamp, int128 *time)
{
    uintptr_t offset = (uintptr_t)clock - (uintptr_t)&clocks[0].object;
    if (offset >= sizeof clocks)
        return false; /* none of ours */
    uint32_t i = (uint32_t)(offset / sizeof *clocks), version;
    uint64_t anchor, base, frequency;
    do { /* again only where two resets came between */
        version = atomic_load_explicit(&clocks[i].version, memory_order_acquire);
        const struct reading *reading = &clocks[i].reading[version % 2];
        anchor = atomic_load_explicit(&reading->anchor, memory_order_relaxed);
        base = atomic_load_explicit(&reading->base, memory_order_relaxed);
        frequency = atomic_load_explicit(&reading->frequency, memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
    } while (atomic_load_explicit(&clocks[i].version, memory_order_relaxed) != version);
    if (frequency == 0)
        return false;
    *time = (int128)anchor + ((int128)timestamp - (int128)base) * 1000000000 / frequency;
    return true;
}

bool stamp_is_told(uint64_t time)
{
    return time > EARLIEST && (int64_t)(time + process_boot_offset()) > EARLIEST;
}

uint64_t stamp_time(const __itt_clock_domain *clock, uint64_t timestamp)
{
    uint64_t now = clock_system(CLOCK_MONOTONIC);
    int128 time = timestamp;
    if (clock != NULL && !convert(clock, timestamp, &time))
        return now;
    return time > 0 && time <= (int128)now + AHEAD_NS && stamp_is_told((uint64_t)time) ? (uint64_t)time : now;
}
