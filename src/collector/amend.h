/* What is added later to an event that this thread wrote: the begin of a slice that is still open, or an instant. */
#ifndef ITT_COLLECTOR_AMEND_H
#define ITT_COLLECTOR_AMEND_H

#include "annotation.h"
#include "writer.h"

/*
 * Adds to the event at `written->where`, which it may move, and its time by a nanosecond. False: it cannot, since there is no
 * room, too much is there already, or the event's place among others of the same time would be lost.
 */
bool amend_add(struct writer *w, struct written *written, const struct annotation *annotation);

/* The same of a short value for a plain begin that is the last packet, or was amended so before: at less cost. */
bool amend_quickly(struct writer *w, uint64_t *where, const struct annotation *annotation);

/*
 * Writes the event again on another track, with all that was added; room must be reserved, in a segment that knows
 * the track and the event's names.
 */
bool amend_move(struct writer *w, struct written *written, uint64_t track);

/* Upper bound of what that takes. */
size_t amend_move_cost(struct writer *w, uint64_t where);

#endif
