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

/*
 * No lock, and no moment at which a kill leaves a hole: reserve at `next`, swap the first word from zero to a cover,
 * then move `next`. Who loses the swap moves `next` for the winner and tries again behind it.
 */
int claim_take(int fd, struct recording_head *head, uint32_t size, uint8_t *at, struct claim *claim)
{
    const size_t mapped = at != NULL ? size : (size_t)sysconf(_SC_PAGESIZE);
    for (;;) {
        uint64_t unit = atomic_load_explicit(&head->next, memory_order_acquire);
        uint64_t offset = unit * ITT_UNIT_SIZE;
        if (!fits(head, unit, &head->spill_next, size))
            return ITT_STOP_MAX_SIZE;
        int error = file_reserve(fd, offset, size);
        if (error != 0)
            return error;
        void *page = mmap(at, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | (at != NULL ? MAP_FIXED : 0), fd,
                          (off_t)offset);
        if (page == MAP_FAILED) {
            claim->page = at; /* what was there may be gone all the same */
            return errno;
        }
        claim->page = page;
        madvise(page, mapped, MADV_RANDOM); /* else the kernel makes its neighbours, too, just to read them */
        uint64_t found = 0;
        bool won = atomic_compare_exchange_strong((_Atomic uint64_t *)page, &found, wire_cover(size));
        uint64_t units = won ? size / ITT_UNIT_SIZE : claim_units(found);
        /* A first word that is no cover belongs to a chunk in use, so `next` has moved already. */
        if (units != 0)
            atomic_compare_exchange_strong_explicit(&head->next, &unit, unit + units, memory_order_acq_rel,
                                                    memory_order_relaxed);
        if (won) {
            claim->offset = offset;
            claim->size = size;
            return 0;
        }
        if (at == NULL)
            munmap(page, mapped);
        if (units == 0 && atomic_load_explicit(&head->next, memory_order_acquire) == unit)
            return ESTALE; /* somebody else wrote behind our chunks: not our file any more */
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
    if (claim->page != NULL)
        munmap(claim->page, (size_t)sysconf(_SC_PAGESIZE));
    claim->page = NULL;
}
