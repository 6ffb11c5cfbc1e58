/* A recording's file: making it, reading its head, setting it in order when the run is over. */
#ifndef ITT_TRACE_RECORDING_H
#define ITT_TRACE_RECORDING_H

#include "format.h"
#include <stdbool.h>
#include <sys/types.h>

#define RECORDING_HEAD_MAPPED 4096u /* of unit 0, what the processes map */
#define RECORDING_LEAST       (4u * ITT_LARGE_CHUNK)

struct recording_options {
    uint64_t run;      /* ITT_RUN */
    bool paused;       /* start paused */
    uint32_t wanted;   /* ITT_WANTED_* */
    uint64_t max_size; /* in bytes, at least RECORDING_LEAST; 0: no limit */
    uint64_t ring;     /* a flight recorder of so many bytes at least, RECORDING_LEAST or more; 0: none */
    const char
        *slots_dir; /* put the slots there; NULL: beside nothing, in the file itself where that works */
};

/* This host's and clock's key, as in recording_head.host. */
uint64_t recording_host(void);

/*
 * Makes the file and gives it its name at once, whole; never replaces one. Returns 0 or an errno (EEXIST: the name
 * is taken). Uses no malloc and leaves no descriptor open.
 */
int recording_create(const char *path, const struct recording_options *options);

/* Which file it is: its name may be another's at the next look. */
struct recording_file {
    dev_t device;
    ino_t inode;
};

/*
 * Maps the head of a recording, shared with its other processes. Returns 0, an errno, or EBADMSG where the file is none
 * of ours. in_slots is set where the live head lies in another file that is still there, and head is then that file's.
 * recording_unmap() undoes it.
 */
struct recording_map {
    struct recording_head *head;
    void *base;
    bool in_slots;
    struct recording_file trace;
    struct recording_file slots; /* where in_slots is set */
};
int recording_map(const char *path, struct recording_map *map);
void recording_unmap(struct recording_map *map);

/* Whether it is the head of a recording that this version knows. */
bool recording_head_valid(const struct recording_head *head);

/*
 * Sets a recording in order when nobody writes any more, or while somebody does: drops what a kill left twice, covers
 * holes, appends slots that lie in another file and removes that one. Returns 0 or an errno; EBUSY: slots in another file
 * are still being written.
 */
int recording_settle(const char *path);

#endif
