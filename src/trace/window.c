#define _GNU_SOURCE
#include "window.h"
#include "file.h"
#include "format.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#define SIZE   ((size_t)4 << 20)
#define UNITS  (SIZE / ITT_UNIT_SIZE)
#define USERS  0xffffu /* of a state */
#define MOVING USERS   /* in place of their number */

static uint64_t first_of(uint64_t state)
{
    return state >> 16;
}

static bool shows(uint64_t state, uint64_t unit)
{
    return first_of(state) != 0 && unit >= first_of(state) && unit - first_of(state) < UNITS;
}

static bool enter(struct window *window, uint64_t unit)
{
    uint64_t state = atomic_load_explicit(&window->state, memory_order_relaxed);
    while (shows(state, unit) && (state & USERS) < MOVING - 1) {
        if (atomic_compare_exchange_weak_explicit(&window->state, &state, state + 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

static void unmap(struct window *window)
{
    if (window->at != NULL)
        munmap(window->at, SIZE);
    window->at = NULL;
}

/* Takes one that nobody is in to where `unit` is its first. */
static bool move(struct window *window, int fd, uint64_t unit)
{
    uint64_t state = atomic_load_explicit(&window->state, memory_order_relaxed);
    if ((state & USERS) != 0 ||
        !atomic_compare_exchange_strong_explicit(&window->state, &state, state | MOVING, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    unmap(window);
    window->at = file_map(fd, unit * ITT_UNIT_SIZE, SIZE, NULL);
    const bool moved = window->at != NULL;
    atomic_store_explicit(&window->state, moved ? unit << 16 | 1 : 0, memory_order_release);
    return moved;
}

uint8_t *window_enter(struct windows *windows, int fd, uint64_t unit, struct window **entered)
{
    struct window *behind = &windows->each[0], *ahead = &windows->each[1];
    if (atomic_load_explicit(&behind->state, memory_order_relaxed) >
        atomic_load_explicit(&ahead->state, memory_order_relaxed)) {
        behind = &windows->each[1];
        ahead = &windows->each[0];
    }
    if (enter(ahead, unit))
        *entered = ahead;
    else if (enter(behind, unit) || move(behind, fd, unit))
        *entered = behind;
    else if (move(ahead, fd, unit))
        *entered = ahead;
    else
        return NULL;
    const uint64_t state = atomic_load_explicit(&(*entered)->state, memory_order_relaxed);
    return (*entered)->at + (unit - first_of(state)) * ITT_UNIT_SIZE;
}

void window_leave(struct window *window)
{
    atomic_fetch_sub_explicit(&window->state, 1, memory_order_release);
}

void windows_unmap(struct windows *windows)
{
    for (size_t i = 0; i < sizeof windows->each / sizeof *windows->each; i++) {
        unmap(&windows->each[i]);
        atomic_store_explicit(&windows->each[i].state, 0, memory_order_relaxed);
    }
}

void windows_forked(struct windows *windows)
{
    for (size_t i = 0; i < sizeof windows->each / sizeof *windows->each; i++) {
        struct window *window = &windows->each[i];
        uint64_t state = atomic_load_explicit(&window->state, memory_order_relaxed);
        /* Nobody knows where: better to lose addresses than to unmap the host's memory. */
        if ((state & USERS) == MOVING) {
            window->at = NULL;
            state = 0;
        }
        atomic_store_explicit(&window->state, state & ~(uint64_t)USERS, memory_order_relaxed);
    }
}
