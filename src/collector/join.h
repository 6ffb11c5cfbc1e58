/*
 * The recordings that this process image writes to: one after the other. A recording is over when its head says detached;
 * itt.record's stop() is a detach. Then __itt_api_init may join the next one, which the environment names.
 */
#ifndef ITT_COLLECTOR_JOIN_H
#define ITT_COLLECTOR_JOIN_H

#include "recording.h"
#include "window.h"
#include <signal.h>

/* A file that we come back to. `fd` is changed by any thread, relaxed: each use checks what it is. */
struct held_file {
    char path[4096];
    struct recording_file is;
    _Atomic int fd;
};

/*
 * One of them: constant from the moment it is `joined` until no writer has it any more (then it serves for another), and
 * kept by forked children, which write to the same recording.
 */
struct join {
    struct recording_head *head; /* shared with all processes of the recording; a copy once it was left */
    struct process *process;
    struct lanes *lanes;
    struct spans *spans;
    uint64_t track_bits;    /* the random part of this recording's track uuids */
    uint32_t ring_chunks;   /* the head's, when it was joined: that it is constant is for others to keep */
    uint8_t *ring;          /* see ring_map(); for who has join_hold() */
    struct windows windows; /* at the end of the file that holds the slots; for who has join_hold() */
    uint32_t number;        /* 1, 2 ...: tells what tables of this process were filled for */
    bool spill;             /* the slots lie in a file of their own */
    bool astray;            /* see join_astray() */
    _Atomic uint32_t left;
    _Atomic uint32_t users; /* threads that may use its files and read its slots: join_hold() */
    struct held_file trace;
    struct held_file slots;
    struct join *older;
};

/*
 * The last one that was joined: set before any function is bound. A thread's own, w->join, follows at its next
 * thread_enter(); with a writer at hand use w->join, w->head and w->process.
 */
extern _Atomic(struct join *) joined;

static inline struct join *join_now(void)
{
    return atomic_load_explicit(&joined, memory_order_acquire);
}

static inline bool join_is_over(const struct join *join)
{
    return atomic_load_explicit(&join->head->state, memory_order_relaxed) & ITT_STATE_DETACHED;
}

/*
 * Opens or makes the recording that the environment names, and makes it `joined`. 0 or an errno (ENOENT: it names none;
 * ECANCELED: recording is disabled, or over). One thread at a time.
 */
int join_recording(void);

/* Whether the environment names another one than join_recording() was called for the last time. */
bool join_wanted(void);

/* Leaves a reason where `itt record` looks: recording cannot be. */
void join_complain(int error);

/*
 * Between these two the recording's files stay open and the slots stay mapped, and signals wait. False: it is over, and nothing
 * may be written.
 */
bool join_hold(struct join *join, sigset_t *before);
void join_let_go(struct join *join, const sigset_t *before);

/* Closes the files of a recording that is over and unmaps them, now or when the last thread lets go. */
void join_leave(struct join *join);

/* In a forked child: no other thread is at work any more. */
void join_forked(void);

/*
 * In a child whose only thread is in the midst of a call that its parent began: what it is in until that call is over. It is like
 * `join`, but nothing is written, and never the one that is on now, so that the next call starts anew.
 */
struct join *join_astray(const struct join *join);

/*
 * A descriptor of the file that holds the slots, of the file that takes full ones; -1 and errno where it cannot be had. A host may close or
 * reuse any descriptor, so it is checked each time, and opened anew by its path.
 */
int join_slots(struct join *join);
int join_trace(struct join *join);

/* Ends recording for all processes; `reason` is an errno. */
void join_stop(struct recording_head *head, uint32_t reason);

#endif
