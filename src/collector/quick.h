/*
 * The hot path of slices on lanes: where the segment knows the names and the lane, there is room, and nothing is unusual. Both are called by a
 * thread that is busy, and change nothing where they cannot do it all.
 */
#ifndef ITT_COLLECTOR_QUICK_H
#define ITT_COLLECTOR_QUICK_H

#include "slice.h"

/* `has_flow`: its id is one that others may name. False: slice_begin() is needed. */
bool quick_begin(struct writer *w, const struct span_key *key, uint32_t group, uint32_t name, bool has_flow);

/* Ends a claimed span now. False: slice_end() is needed. */
bool quick_end(struct writer *w, struct span *span, uint64_t ticks);

#endif
