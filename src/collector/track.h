/* The tracks that lanes lie on: the process's groups, and those that the program makes. */
#ifndef ITT_COLLECTOR_TRACK_H
#define ITT_COLLECTOR_TRACK_H

#include "client.h"
#include "name.h"
#include "writer.h"

#define TRACK_GROUP_BITS 512u /* see track_group_bit() */

/* Name of a lane at this place (see lane_place()), and of its group. */
struct text track_name(uint32_t place);
struct text track_group_name(uint32_t place);

/* Uuid of the group: the process's own where a custom track has none. And its number among all groups. */
uint64_t track_group(const struct process *process, uint32_t place);
uint32_t track_group_bit(uint32_t place);

/* Where this thread's tasks go: the place of its custom track, 0 for none. */
static inline uint32_t track_current(const struct writer *w)
{
    return w->custom;
}

/* Functions of the interface. Beyond the limits the makers return NULL, which stands for the thread's own track. */
__itt_track_group *track_group_create(__itt_string_handle *name, __itt_track_group_type type);
__itt_track *track_create(__itt_track_group *group, __itt_string_handle *name, __itt_track_type type);
void track_set(__itt_track *track);

#endif
