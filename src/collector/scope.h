/* Scopes: where a marker, or metadata without an id, belongs. */
#ifndef ITT_COLLECTOR_SCOPE_H
#define ITT_COLLECTOR_SCOPE_H

#include "client.h"
#include "name.h"
#include "writer.h"

struct text scope_name(__itt_scope scope);

/* The track that shows it, in the segment's knowledge; 0: the thread's own. Room must be reserved: SCOPE_COST. */
#define SCOPE_COST 160u
uint64_t scope_track(struct writer *w, __itt_scope scope);

#endif
