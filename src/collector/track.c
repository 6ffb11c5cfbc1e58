#define _GNU_SOURCE
#include "track.h"
#include "guard.h"
#include "lane.h"
#include "process.h"
#include "segment.h"
#include "thread.h"
#include <stdatomic.h>
#include <string.h>

#define TRACKS_MAX 4096u
#define GROUPS_MAX 255u /* bits of a uuid, and of TRACK_GROUP_BITS */
#define GROUP_BASE 256u /* number of the first custom group */

/*
 * The program's tracks and groups, each (group, name) once: claimed in order, by compare-and-swap of `key`, and never freed. Kept by
 * fork, as the program keeps its pointers. A key: the group's number << 32 | the name's iid.
 */
static struct {
    _Atomic uint64_t key;
    __itt_track_group object;
} groups[GROUPS_MAX];
static struct {
    _Atomic uint64_t key;
    __itt_track object;
} tracks[TRACKS_MAX];

static uint32_t place_number(uint32_t place)
{
    return place & ((1u << LANE_GROUP_SHIFT) - 1);
}

static bool is_custom(uint32_t place)
{
    return place >> LANE_GROUP_SHIFT == LANE_GROUP_CUSTOM;
}

/* The number of a custom track's group; 0: none. */
static uint32_t custom_group(uint32_t place)
{
    uint64_t key = atomic_load_explicit(&tracks[place_number(place) - 1].key, memory_order_relaxed);
    return (uint32_t)(key >> 32);
}

struct text track_name(uint32_t place)
{
    uint32_t number = place_number(place);
    if (is_custom(place))
        number = (uint32_t)atomic_load_explicit(&tracks[number - 1].key, memory_order_relaxed);
    return name_text(number);
}

struct text track_group_name(uint32_t place)
{
    static const struct text names[LANE_GROUPS] = {
        [ITT_GROUP_FRAMES] = {"Frames", 6},   [ITT_GROUP_TASKS] = {"Tasks", 5},
        [ITT_GROUP_REGIONS] = {"Regions", 7}, [ITT_GROUP_EVENTS] = {"Events", 6},
        [ITT_GROUP_SYNC] = {"Sync", 4},
    };
    if (!is_custom(place))
        return names[place >> LANE_GROUP_SHIFT];
    uint32_t group = custom_group(place);
    if (group == 0)
        return (struct text){"", 0};
    return name_text((uint32_t)atomic_load_explicit(&groups[group - 1].key, memory_order_relaxed));
}

uint64_t track_group(const struct process *process, uint32_t place)
{
    if (!is_custom(place))
        return process->track | place >> LANE_GROUP_SHIFT;
    return process->track | (uint64_t)custom_group(place) << ITT_TRACK_DOMAIN_SHIFT;
}

uint32_t track_group_bit(uint32_t place)
{
    return is_custom(place) ? GROUP_BASE + custom_group(place) : place >> LANE_GROUP_SHIFT;
}

static uint32_t iid_of(__itt_string_handle *name)
{
    uint32_t iid = name_of_handle(name);
    return iid != 0 ? iid : NAME_MORE_DOMAINS;
}

/* Number of the group; 0: none, or there are too many. */
static uint32_t group_number(__itt_string_handle *name)
{
    uint64_t key = iid_of(name);
    for (uint32_t i = 0; i < GROUPS_MAX; i++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&groups[i].key, &found, key) || found == key) {
            __atomic_store_n(&groups[i].object.name, name, __ATOMIC_RELAXED);
            return i + 1;
        }
    }
    return 0;
}

static uint32_t track_number(uint32_t group, __itt_string_handle *name)
{
    uint64_t key = (uint64_t)group << 32 | iid_of(name);
    for (uint32_t i = 0; i < TRACKS_MAX; i++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&tracks[i].key, &found, key) || found == key) {
            __itt_track_group *parent = group == 0 ? NULL : &groups[group - 1].object;
            __atomic_store_n(&tracks[i].object.name, name, __ATOMIC_RELAXED);
            __atomic_store_n(&tracks[i].object.group, parent, __ATOMIC_RELAXED);
            return i + 1;
        }
    }
    return 0;
}

/* By its place where it is ours; a client may also have made it before it found us, or of its own. */
static uint32_t number_of_group(const __itt_track_group *group)
{
    if (group == NULL)
        return 0;
    uintptr_t offset = (uintptr_t)group - (uintptr_t)&groups[0].object;
    if (offset < sizeof groups)
        return (uint32_t)(offset / sizeof *groups) + 1;
    return group_number(group->name);
}

static uint32_t number_of_track(const __itt_track *track)
{
    if (track == NULL)
        return 0;
    uintptr_t offset = (uintptr_t)track - (uintptr_t)&tracks[0].object;
    if (offset < sizeof tracks)
        return (uint32_t)(offset / sizeof *tracks) + 1;
    return track_number(number_of_group(track->group), track->name);
}

__itt_track_group *track_group_create(__itt_string_handle *name, __itt_track_group_type type)
{
    struct guard guard = guard_enter();
    uint32_t number = group_number(name);
    (void)type;
    guard_leave(guard);
    return number == 0 ? NULL : &groups[number - 1].object;
}

__itt_track *track_create(__itt_track_group *group, __itt_string_handle *name, __itt_track_type type)
{
    struct guard guard = guard_enter();
    uint32_t number = track_number(number_of_group(group), name);
    (void)type;
    guard_leave(guard);
    return number == 0 ? NULL : &tracks[number - 1].object;
}

void track_set(__itt_track *track)
{
    struct writer *w = thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    uint32_t number = number_of_track(track);
    w->custom = number == 0 ? 0 : lane_place(LANE_GROUP_CUSTOM, number);
    for (uint32_t iid = 1; iid < WRITER_FAST_IIDS; iid++)
        segment_set_fast(w, iid);
    thread_leave(w);
    guard_leave(guard);
}
