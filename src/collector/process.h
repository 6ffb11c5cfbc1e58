/* What belongs to one process in one recording: wiped by fork, so that a child describes itself anew. */
#ifndef ITT_COLLECTOR_PROCESS_H
#define ITT_COLLECTOR_PROCESS_H

#include "name.h"
#include <stdbool.h>
#include <stdint.h>

struct process {
    _Atomic uint32_t ready;   /* 0 no, 1 somebody is at it, 2 yes (release) */
    _Atomic uint32_t told;    /* the command line is in the file */
    _Atomic uint32_t counted; /* see process_count(); relaxed, by any thread */
    uint32_t pid;
    uint64_t track; /* uuid of its track */
};

struct join;

/* Once a process image. `joined_by` is called by the first thread of each process, forked children included, before
 * any other thread gets further. */
void process_init(void (*joined_by)(void));

/*
 * This process in a recording (join->process), after joining it in its name if it has not yet: other threads wait for that, so no handler
 * of the calling one may label meanwhile. With a writer at hand use w->process.
 */
struct process *process_in(struct join *join);

/* It is one of those that the head counts: it asked for the recording, or has an event. */
void process_count(const struct join *join);

/* Name and command line, valid UTF-8; constant. */
struct text process_name(void);
struct text process_command(void);

/* Takes a fresh track key of the recording, in its place within a uuid. */
uint64_t process_new_track(const struct join *join);

/* Anonymous memory that reads as zeros in a forked child. NULL: none. */
void *process_wiped_memory(size_t size);

/* CLOCK_BOOTTIME - CLOCK_MONOTONIC, the same for all threads so that their times stay in order. */
uint64_t process_boot_offset(void);

/* Whether BOOTTIME moved after this moment of CLOCK_MONOTONIC. */
bool process_slept_since(uint64_t time);

/* Looks whether the machine slept, which moves BOOTTIME only. */
void process_check_boot_offset(void);

#endif
