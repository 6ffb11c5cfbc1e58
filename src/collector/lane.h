/*
 * Lanes: tracks of their own for slices that may cross others. A lane holds one slice at a time and is used again after
 * its end, so that any number of slices lies on as few tracks as were ever needed at once. Lanes belong to a process in a
 * recording.
 */
#ifndef ITT_COLLECTOR_LANE_H
#define ITT_COLLECTOR_LANE_H

#include "writer.h"

/*
 * Where a lane belongs: a group of the process's tracks, and the number of the name that the lane has there: the iid of a
 * domain, event or mark, or the number of a custom track.
 */
#define LANE_GROUP_SHIFT  20
#define LANE_GROUP_CUSTOM 5u /* a program's own tracks: in the groups that it made */
#define LANE_GROUPS       6u

static inline uint32_t lane_place(uint32_t group, uint32_t number)
{
    return group << LANE_GROUP_SHIFT | number;
}

/* A recording's lanes: NULL, no memory; and none again, for the next one. */
struct lanes *lane_make(void);
void lane_wipe(struct lanes *lanes);

/*
 * A lane on which nothing lies between `begin` and `end`, now the caller's; 0: there are too many. A slice that begins now says
 * so with end 0, and may have to wait the few microseconds by which the clocks of two threads differ: lane_free_from().
 */
uint32_t lane_take(struct writer *w, uint32_t place, uint64_t begin, uint64_t end);

/* From when on the lane is free, for a slice that begins now. */
uint64_t lane_free_from(const struct writer *w, uint32_t lane);

/* Gives it back with a slice on it. A lane whose slice got no end is kept back instead: the slice goes on there. */
void lane_give(struct writer *w, uint32_t lane, uint64_t begin, uint64_t end);

/* Gives it back as it was. */
void lane_return(struct writer *w, uint32_t lane);

/* The thread ends: its lanes are for others. */
void lane_leave(struct writer *w);

/* Uuid of its track; 0: a fork has wiped it. */
uint64_t lane_track(const struct writer *w, uint32_t lane);

/* Makes the segment know the lane and its group; the bytes that takes, at most. Room must be reserved. */
void lane_tell(struct writer *w, uint32_t lane);
size_t lane_cost(const struct writer *w, uint32_t lane);
size_t lane_cost_most(const struct writer *w, uint32_t lane);

/* The same for a group alone; its track. */
#define LANE_GROUP_COST 128u
uint64_t lane_tell_group(struct writer *w, uint32_t place);

/* A new segment knows none. */
void lane_forget(struct writer *w);

#endif
