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

/* A flow id for what begins now with this id: a fresh one, so that no arrow comes from an earlier use of the id. 0 for a null id. */
uint64_t flow_new(const struct writer *w, __itt_id id);

/* The flow id of what began last with this id, in this process; 0 for a null id. */
uint64_t flow_of(const struct writer *w, __itt_id id);

#endif
