/*
 * A flight recorder: the trace has a ring of large chunks in unit 1 and behind it. Full slots go there, round and round, each in the
 * place of the oldest chunk.
 *
 *   [ unit 0 ][ chunk | chunk | chunk | ... | chunk ][ slots, small chunks ... ]
 *                     ^newest ^covered  ^oldest
 *
 * A few chunks ahead of the newest are under a cover already when they are written over: whoever copies the file meanwhile
 * finds an old chunk, a cover or a new one, but nothing in between, unless it takes longer over one chunk than all
 * writers take over these few.
 */
#ifndef ITT_TRACE_RING_H
#define ITT_TRACE_RING_H

#include "format.h"

/* Chunks of a ring that holds the newest `size` bytes at least; 0: none. */
uint32_t ring_chunks_for(uint64_t size);

/* The first unit behind the ring; 1: there is none. */
static inline uint64_t ring_end(uint32_t chunks)
{
    return 1 + (uint64_t)chunks * (ITT_LARGE_CHUNK / ITT_UNIT_SIZE);
}

/* How many chunks of what was recorded are gone. */
uint64_t ring_overwritten(const struct recording_head *head);

/* How many chunks it keeps at least, not counting those under a cover. */
uint32_t ring_kept(const struct recording_head *head);

/* Makes an empty ring, if there is to be one: its room reserved, every chunk under a cover. 0 or an errno. */
int ring_make(int fd, const struct recording_head *head);

/* A chunk of the ring to be written, under a cover: nobody else writes there before ring_give(). */
struct ring_place {
    uint64_t offset;
    uint64_t chunk;
    uint32_t freed[2]; /* sequence ids that are in the file no more; 0: none */
};

/*
 * The ring's bytes in memory, so that a full slot takes no system call; NULL: it is too large for that, or cannot be mapped, and
 * everything goes by `fd`.
 */
uint8_t *ring_map(int fd, uint32_t chunks);
void ring_unmap(uint8_t *ring, uint32_t chunks);

static inline uint64_t ring_offset(uint64_t chunk)
{
    return ITT_UNIT_SIZE + chunk * ITT_LARGE_CHUNK;
}

/*
 * Takes the next one of `chunks`, as the head said when it was joined. 0 or an errno; EBUSY: all are taken, and the caller has to
 * overwrite what it has itself. The chunk of a process that ends between these two is taken over by the next one that comes by.
 */
int ring_take(int fd, uint8_t *ring, struct recording_head *head, uint32_t chunks, struct ring_place *place);
void ring_give(struct recording_head *head, const struct ring_place *place);

#endif
