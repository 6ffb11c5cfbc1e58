#define _GNU_SOURCE
#include "writer.h"
#include "claim.h"
#include "process.h"
#include "wire.h"
#include <string.h>

void writer_commit(struct writer *w, uint64_t word, uint8_t *to)
{
    uint64_t cover = wire_cover((uint32_t)(w->end - to));
    memcpy(to, &cover, 8);
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
