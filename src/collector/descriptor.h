/* Descriptors of tracks that belong to no thread. */
#ifndef ITT_COLLECTOR_DESCRIPTOR_H
#define ITT_COLLECTOR_DESCRIPTOR_H

#include "name.h"
#include "writer.h"

struct descriptor {
    uint64_t uuid;
    uint64_t parent; /* 0: none */
    struct text name;
    struct text description; /* none where empty */
    bool group;              /* its children are shown by name */
    bool counter;
    struct text unit; /* of a counter; none where empty */
};

/*
 * Makes the segment know the track, unless `told` has its number already, to which that is set. Room must be
 * reserved: descriptor_cost().
 */
void descriptor_tell(struct writer *w, const struct descriptor *descriptor, uint32_t *told);

static inline size_t descriptor_cost(const struct descriptor *descriptor)
{
    return 80 + descriptor->name.length + descriptor->description.length + descriptor->unit.length;
}

#endif
