/* Scopes: where a marker, or metadata without an id, belongs. */
#ifndef ITT_COLLECTOR_SCOPE_H
#define ITT_COLLECTOR_SCOPE_H

#include "client.h"
#include "name.h"
#include "writer.h"

struct text scope_name(__itt_scope scope);

/* Puts it as an annotation of at most SCOPE_MOST bytes; returns the position behind. The 20 bytes at `at` are written to. */
#define SCOPE_MOST 18u
uint8_t *scope_put(uint8_t *at, __itt_scope scope);

/* The track that shows it, in the segment's knowledge; 0: the thread's own. Room must be reserved: SCOPE_COST. */
#define SCOPE_COST 160u
uint64_t scope_track(struct writer *w, __itt_scope scope);

/* The same where the segment's knowledge is enough. False: it is not. */
bool scope_track_known(const struct writer *w, __itt_scope scope, uint64_t *track);

#endif
