/* Flows: the arrows from what has an id to what names that id later. */
#ifndef ITT_COLLECTOR_FLOW_H
#define ITT_COLLECTOR_FLOW_H

#include "writer.h"

static inline bool id_is_null(__itt_id id)
{
    return (id.d1 | id.d2 | id.d3) == 0;
}

static inline bool id_equal(__itt_id a, __itt_id b)
{
    return ((a.d1 ^ b.d1) | (a.d2 ^ b.d2) | (a.d3 ^ b.d3)) == 0;
}

static inline uint64_t id_hash(__itt_id id)
{
    uint64_t hash = (id.d1 + id.d2 * 0x9e3779b97f4a7c15u + id.d3 * 0xc2b2ae3d27d4eb4fu) * 0xd6e8feb86659fd93u;
    return (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
}

/*
 * The flow ids of the ids used of late, by hash of the id; another id in the same cell takes it. A flow id begins with 16 bits of its
 * id's hash, which tell whose it is. One store each: right at any moment that a fork copies.
 */
#define FLOW_CELLS 65536u
#define FLOW_TAG   ((uint64_t)0xffff << 48)
extern _Atomic uint64_t flow_cells[FLOW_CELLS];

/* By where this thread writes next: no two begins share that. */
uint64_t flow_place_far(const struct writer *w);

static inline uint64_t flow_place(const struct writer *w)
{
    if (__builtin_expect(!w->live || w->at == NULL, 0))
        return flow_place_far(w);
    return (uint64_t)w->sequence << 18 | ((uint64_t)(w->at - (const uint8_t *)w - WRITER_SIZE) & 0x3ffff);
}

/*
 * A flow id for what begins now with this id, whose hash is known: a fresh one, so that no arrow comes from an earlier use of
 * the id.
 */
static inline uint64_t flow_new_hashed(const struct writer *w, uint64_t hash)
{
    uint64_t flow = (hash & FLOW_TAG) | (flow_place(w) & ~FLOW_TAG);
    atomic_store_explicit(&flow_cells[hash % FLOW_CELLS], flow, memory_order_relaxed);
    return flow;
}

/* 0 for a null id. */
static inline uint64_t flow_new(const struct writer *w, __itt_id id)
{
    return id_is_null(id) ? 0 : flow_new_hashed(w, id_hash(id));
}

/* The flow id of what began last with this id, in this process or before it was forked; 0: none is known. */
uint64_t flow_of(const struct writer *w, __itt_id id);

#endif
