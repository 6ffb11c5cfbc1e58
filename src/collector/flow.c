#define _GNU_SOURCE
#include "flow.h"
#include "process.h"
#include <stdatomic.h>

#define CELLS 65536u /* a power of two */

/*
 * How often an id was used, for the ids used of late: fingerprint << 32 | count, by hash of the id. Another id in the same cell
 * takes it, and counts on: a count never comes again for the same id. Each is one store, so right at any moment that a
 * fork copies.
 */
static _Atomic uint64_t cells[CELLS];

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93u;
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93u;
    return value ^ value >> 32;
}

/* A child's ids are the parent's: the process is part of the hash. */
static uint64_t hash_id(const struct writer *w, __itt_id id)
{
    return mix(mix(mix(id.d1 + w->process->track) + id.d2) + id.d3);
}

static uint64_t flow_id(uint64_t hash, uint32_t count)
{
    uint64_t flow = mix(hash + count);
    return flow != 0 ? flow : 1;
}

uint64_t flow_new(const struct writer *w, __itt_id id)
{
    if (id_is_null(id))
        return 0;
    uint64_t hash = hash_id(w, id);
    _Atomic uint64_t *cell = &cells[hash % CELLS];
    uint32_t count = (uint32_t)atomic_load_explicit(cell, memory_order_relaxed) + 1;
    atomic_store_explicit(cell, (hash >> 32 << 32) | count, memory_order_relaxed);
    return flow_id(hash, count);
}

uint64_t flow_of(const struct writer *w, __itt_id id)
{
    if (id_is_null(id))
        return 0;
    uint64_t hash = hash_id(w, id);
    uint64_t cell = atomic_load_explicit(&cells[hash % CELLS], memory_order_relaxed);
    return flow_id(hash, cell >> 32 == hash >> 32 ? (uint32_t)cell : 0);
}
