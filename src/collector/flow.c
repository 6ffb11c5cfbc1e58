#define _GNU_SOURCE
#include "flow.h"
#include "process.h"

_Atomic uint64_t flow_cells[FLOW_CELLS];

/* It has no segment yet, and no place. */
uint64_t flow_place_far(const struct writer *w)
{
    return (clock_ticks() ^ w->process->track >> ITT_TRACK_KEY_SHIFT) * 0xd6e8feb86659fd93u >> 8;
}

uint64_t flow_of(const struct writer *w, __itt_id id)
{
    uint64_t hash = id_hash(id);
    uint64_t flow = atomic_load_explicit(&flow_cells[hash % FLOW_CELLS], memory_order_relaxed);
    (void)w;
    return id_is_null(id) || (flow ^ hash) & FLOW_TAG ? 0 : flow;
}
