#define _GNU_SOURCE
#include "writer.h"
#include "claim.h"
#include "process.h"
#include "wire.h"
#include <sched.h>
#include <string.h>

void writer_cover(struct writer *w, uint8_t *to)
{
    w->cover = wire_cover((uint32_t)(w->end - to));
    memcpy(to, &w->cover, 8);
}

void writer_commit(struct writer *w, uint64_t word, uint8_t *to)
{
    writer_cover(w, to);
    claim_store(w->at, word);
    w->at = to;
}

void writer_put(struct writer *w, const uint8_t *packet, size_t size)
{
    uint64_t word;
    memcpy(&word, packet, 8);
    memmove(w->at + 8, packet + 8, size - 8);
    writer_commit(w, word, w->at + size);
}

void writer_lock_window(struct writer *w)
{
    while (atomic_exchange_explicit(&w->window_lock, 1, memory_order_acquire) != 0)
        sched_yield(); /* one mmap of another thread */
}

void writer_unlock_window(struct writer *w)
{
    atomic_store_explicit(&w->window_lock, 0, memory_order_release);
}

void writer_reset(struct writer *w)
{
    w->at = w->limit = w->end = w->fast_end = NULL;
    w->live = w->failed = w->complained = false;
    w->depth = w->overflow = 0;
    w->marker.where = 0;
    w->spare.where = 0;
    memset(w->scopes_told, 0, sizeof w->scopes_told);
    for (uint32_t i = 0; i < WRITER_NUMBERS; i += 64) {
        if (w->apart.word[i / 64] != 0)
            memset(&w->apart_depth[i], 0, 64 * sizeof *w->apart_depth);
        w->apart.word[i / 64] = 0;
    }
    memset(w->lanes, 0, sizeof w->lanes);
    for (uint32_t i = 0; i < WRITER_EVENTS && i < w->events_made; i++)
        w->events[i].kind = 0;
    w->events_made = 0;
}

uint64_t writer_time(struct writer *w, uint64_t ticks)
{
    if (!clock_in_span(&w->clock, ticks)) {
        clock_anchor(&w->clock, w->last);
        process_check_boot_offset();
        ticks = w->clock.base_ticks;
    }
    uint64_t now = clock_time(&w->clock, ticks);
    return now > w->last ? now : w->last;
}
