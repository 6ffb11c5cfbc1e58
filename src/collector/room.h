/* Room to write: ahead of each event. */
#ifndef ITT_COLLECTOR_ROOM_H
#define ITT_COLLECTOR_ROOM_H

#include "writer.h"

/* A fresh segment with room for a packet of `size` bytes, in the slot or the next one. False: it is lost. */
bool room_advance(struct writer *w, size_t size);

/* Counts an event that found no room; but not where the recording has just ended. */
void room_lost(struct writer *w);

static inline bool room_reserve(struct writer *w, size_t size)
{
    return writer_room(w) >= (intptr_t)size + 8 || room_advance(w, size);
}

/* Room for an event of that size, in a segment that knows these iids (0: none) and today's clock. */
bool room_for(struct writer *w, uint32_t name, uint32_t category, size_t size);

#endif
