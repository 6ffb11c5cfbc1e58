/*
 * Lanes: tracks of their own for slices that may cross others. A lane holds one slice at a time and is used again after
 * its end, so that any number of slices lies on as few tracks as were ever needed at once. Lanes belong to a process in a
 * recording.
 */
#ifndef ITT_COLLECTOR_LANE_H
#define ITT_COLLECTOR_LANE_H

#include "join.h"
#include "writer.h"

/*
 * Where a lane belongs: a group of the process's tracks, and the number of the name that the lane has there: the iid of a
 * domain, event, mark or thread, or the number of a custom track.
 */
#define LANE_GROUP_SHIFT  20
#define LANE_GROUP_CUSTOM 5u /* a program's own tracks: in the groups that it made */
#define LANE_GROUPS       8u

static inline uint32_t lane_place(uint32_t group, uint32_t number)
{
    return group << LANE_GROUP_SHIFT | number;
}

/* It belongs to whoever took it. */
struct lane {
    uint64_t track; /* its uuid; 0: a fork has wiped it */
    uint64_t first; /* begin of the earliest slice */
    uint64_t last;  /* end of the latest one; 0: it is empty */
    uint32_t place;
    uint32_t number;       /* its place among the lanes */
    _Atomic uint32_t next; /* in the list of free ones */
    uint8_t field[16];     /* an event's track_uuid, 10 bytes; zeros where it is longer */
};

#define LANE_PLACES (ITT_NAME_LIMIT + 1)

struct lanes {
    _Atomic uint32_t made;
    struct lane lane[WRITER_LANES + 1]; /* by number; 0: nobody's, for what a fork has just wiped */
    _Atomic uint64_t free[LANE_GROUPS][LANE_PLACES]; /* see pop() */
};

static inline struct lane *lane_at(const struct writer *w, uint32_t lane)
{
    return &atomic_load_explicit(&w->join, memory_order_relaxed)->lanes->lane[lane];
}

/* Whether the segment knows it. */
static inline bool lane_told(const struct writer *w, uint32_t lane)
{
    return w->lanes_told[lane / 64] >> (lane % 64) & 1;
}

static inline struct lane **lane_own(struct writer *w, uint32_t place)
{
    return &w->lanes[(place + (place >> LANE_GROUP_SHIFT)) % WRITER_OWN_LANES];
}

/* Read once: a handler may fork in between, and the child finds none. */
static inline struct lane *lane_kept(struct lane **own)
{
    return *(struct lane *volatile *)own;
}

/* The one of this place that the thread had last, if it is free; NULL: see lane_take(). */
static inline struct lane *lane_take_own(struct writer *w, uint32_t place, uint64_t begin)
{
    struct lane **own = lane_own(w, place), *lane = lane_kept(own);
    if (lane == NULL || lane->place != place || lane->last >= begin || !lane_told(w, lane->number) ||
        lane->field[0] == 0)
        return NULL;
    *own = NULL;
    return lane;
}

/* A recording's lanes: NULL, no memory; and none again, for the next one. */
struct lanes *lane_make(void);
void lane_wipe(struct lanes *lanes);

/*
 * A lane on which nothing lies between `begin` and `end`, now the caller's; 0: there are too many. A slice that begins now says
 * so with end 0, and may have to wait for lane.last, the few microseconds by which the clocks of two threads differ.
 */
uint32_t lane_take(struct writer *w, uint32_t place, uint64_t begin, uint64_t end);

/* Gives it back with a slice on it. A lane whose slice got no end is kept back instead: the slice goes on there. */
void lane_give(struct writer *w, uint32_t lane, uint64_t begin, uint64_t end);

/* Gives it back as it was. */
void lane_return(struct writer *w, uint32_t lane);

/* lane_give() where the thread keeps it. */
static inline void lane_give_own(struct writer *w, struct lane *lane, uint64_t begin, uint64_t end)
{
    struct lane **own = lane_own(w, lane->place);
    if (*own != NULL || end < lane->last || begin < lane->first) {
        lane_give(w, lane->number, begin, end);
        return;
    }
    lane->first = lane->last == 0 ? begin : lane->first;
    lane->last = end;
    *own = lane;
}

/* The thread ends: its lanes are for others. */
void lane_leave(struct writer *w);

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
