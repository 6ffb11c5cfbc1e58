/* The recording this process image writes to. */
#ifndef ITT_COLLECTOR_JOIN_H
#define ITT_COLLECTOR_JOIN_H

#include "format.h"
#include <stdbool.h>

/* Written once, before any function is bound; kept by forked children, which write to the same recording. */
struct join {
    struct recording_head *head; /* shared with all processes of the recording */
    bool spill;                  /* the slots lie in a file of their own */
    uint64_t track_bits;         /* the random part of this recording's track uuids */
};
extern struct join joined;

/* Opens or makes the recording that the environment names. 0 or an errno (ENOENT: it names none). */
int join_recording(void);

/* Leaves a reason where `itt record` looks: recording cannot be. */
void join_complain(int error);

/*
 * A descriptor of the file that holds the slots, of the file that takes full ones; -1 and errno where it cannot be had. A host may close or
 * reuse any descriptor, so it is checked each time, and opened anew by its path.
 */
int join_slots(void);
int join_trace(void);

/* Ends recording for all processes; `reason` is an errno or an ITT_STOP_*. */
void join_stop(uint32_t reason);

#endif
