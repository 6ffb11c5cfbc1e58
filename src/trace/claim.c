#define _GNU_SOURCE
#include "claim.h"
#include "file.h"
#include "wire.h"
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

/* How many units the chunk whose first word this is has been claimed with; 0 where it is no cover any more. */
static uint64_t claim_units(uint64_t word)
{
    uint64_t length = (word >> 8 & 0x7f) | (word >> 16 & 0x7f) << 7 | (word >> 24 & 0x7f) << 14;
    uint64_t total = length + 4;
    if (total % ITT_UNIT_SIZE != 0 || total == 0 || wire_cover((uint32_t)total) != word)
        return 0;
    return total / ITT_UNIT_SIZE;
}

/* `unit`: what `next` was, or spill_next, and `other` is the other of these two; one of them stays 1. */
static bool fits(const struct recording_head *head, uint64_t unit, const _Atomic uint64_t *other,
                 uint32_t size)
{
    uint64_t most = head->max_units;
    return most == 0 ||
           unit + atomic_load_explicit(other, memory_order_relaxed) - 1 + size / ITT_UNIT_SIZE <= most;
}

/* The first page of what may become ours, as claim_release() expects it. An errno where it cannot be had. */
static int look_in(int fd, uint64_t unit, struct windows *windows, struct claim *claim)
{
    claim->page = window_enter(windows, fd, unit, &claim->window);
    if (claim->page != NULL)
        return 0;
    claim->window = NULL;
    claim->page = file_map(fd, unit * ITT_UNIT_SIZE, (size_t)sysconf(_SC_PAGESIZE), NULL);
    return claim->page != NULL ? 0 : errno;
}

/*
 * One try, without a lock and without a moment at which a kill leaves a hole: reserved at `next`, swap the first word from zero to
 * a cover, then move `next`. Who loses the swap moves `next` for the winner. EAGAIN: somebody else has it.
 */
static int swap(struct recording_head *head, uint64_t unit, uint32_t size, struct claim *claim)
{
    uint64_t found = 0, next = unit;
    bool won =
        atomic_compare_exchange_strong((_Atomic uint64_t *)(void *)claim->page, &found, wire_cover(size));
    uint64_t units = won ? size / ITT_UNIT_SIZE : claim_units(found);
    /* A first word that is no cover belongs to a chunk in use, so `next` has moved already. */
    if (units != 0)
        atomic_compare_exchange_strong_explicit(&head->next, &next, unit + units, memory_order_acq_rel,
                                                memory_order_relaxed);
    if (won) {
        claim->offset = unit * ITT_UNIT_SIZE;
        return 0;
    }
    if (units == 0 && atomic_load_explicit(&head->next, memory_order_acquire) == unit)
        return ESTALE; /* somebody else wrote behind our chunks: not our file any more */
    return EAGAIN;
}

static int reserve(int fd, const struct recording_head *head, uint32_t size, uint64_t *unit)
{
    *unit = atomic_load_explicit(&head->next, memory_order_acquire);
    if (!fits(head, *unit, &head->spill_next, size))
        return ITT_STOP_MAX_SIZE;
    return file_reserve(fd, *unit * ITT_UNIT_SIZE, size);
}

int claim_take(int fd, struct recording_head *head, uint32_t size, struct windows *windows,
               struct claim *claim)
{
    for (;;) {
        uint64_t unit;
        int error = reserve(fd, head, size, &unit);
        if (error == 0)
            error = look_in(fd, unit, windows, claim);
        if (error != 0)
            return error;
        error = swap(head, unit, size, claim);
        if (error == 0)
            return 0;
        claim_release(claim);
        if (error != EAGAIN)
            return error;
    }
}

void claim_commit(struct claim *claim, uint64_t word)
{
    atomic_store_explicit((_Atomic uint64_t *)(void *)claim->page, word, memory_order_release);
}

int claim_map(int fd, struct recording_head *head, uint32_t size, uint8_t *at, struct claim *claim)
{
    for (;;) {
        uint64_t unit;
        int error = reserve(fd, head, size, &unit);
        if (error != 0)
            return error;
        claim->page = at; /* what was there may be gone even if this fails */
        if (file_map(fd, unit * ITT_UNIT_SIZE, size, at) == NULL)
            return errno;
        error = swap(head, unit, size, claim);
        if (error != EAGAIN)
            return error;
    }
}

int claim_spill(struct recording_head *head, uint32_t size, uint64_t *offset)
{
    uint64_t unit = atomic_load_explicit(&head->spill_next, memory_order_relaxed);
    do {
        if (!fits(head, unit, &head->next, size))
            return ITT_STOP_MAX_SIZE;
    } while (!atomic_compare_exchange_weak_explicit(&head->spill_next, &unit, unit + size / ITT_UNIT_SIZE,
                                                    memory_order_relaxed, memory_order_relaxed));
    *offset = unit * ITT_UNIT_SIZE;
    return 0;
}

void claim_release(struct claim *claim)
{
    if (claim->window != NULL)
        window_leave(claim->window);
    else
        munmap(claim->page, (size_t)sysconf(_SC_PAGESIZE));
}
