/* What the report is made of: everything that has been read so far, of any number of files. */
#ifndef ITT_ANALYSIS_SUMMARY_H
#define ITT_ANALYSIS_SUMMARY_H

#include "counter.h"
#include "crossing.h"
#include "format.h"
#include "marker.h"
#include "owner.h"

#define SUMMARY_SOURCES  4096u
#define SUMMARY_THREADS  (1u << 20)
#define SUMMARY_SEGMENTS (1u << 23)

/* One recording. A file holds one; several put one behind the other are read as well. */
struct source {
    bool has_head;
    struct recording_head head; /* copied, fields plain */
    uint64_t first, last;       /* CLOCK_BOOTTIME of the first and last event; first > last: no event */
    struct pauses *pauses;
};

struct summary {
    struct tasks tasks;
    struct counters counters;
    struct markers markers;
    struct paces paces;
    struct tree tree;
    struct owners owners;
    struct crossings crossings;
    struct source *sources;
    uint32_t source_count, source_capacity;
    bool is_part; /* of a file: to be joined to another summary, with another number of the recording */
    struct map segments_seen; /* summary_segment() -> 1 */
    struct map threads;       /* source and key of the track -> number */
    struct map processes;
    uint64_t events;
    uint64_t unmatched_ends; /* in the files */
    uint64_t damaged;        /* bytes that could not be read */
    uint64_t segments;
    bool newer;         /* a segment of a later version of the format */
    bool out_of_memory; /* the numbers are not complete */
};

void summary_open(struct summary *summary);
void summary_close(struct summary *summary);

/* The recording with this head (NULL: unknown), new or known already; its number. */
uint32_t summary_source(struct summary *summary, const struct recording_head *head);

/* What tells a segment: of several recordings, unless of a part, which knows of one only. */
uint64_t summary_segment(const struct summary *summary, uint32_t source, uint64_t key);

/*
 * Whether this is the first time that the segment of the recording is seen. A twin starts at the same time; in a copy of a flight recorder
 * that took long, another segment may have the id again.
 */
bool summary_new_segment(struct summary *summary, uint32_t source, uint64_t sequence, uint64_t start);

/* The number of a thread or, in `map`, of a process; from 1. */
uint32_t summary_number(struct map *map, uint32_t source, uint64_t key);

/* What to add to a recording's CLOCK_BOOTTIME: it differs from host to host, wall-clock time hardly does. */
uint64_t source_shift(const struct source *source);

/* When all is read: the tasks that never ended. */
void summary_finish(struct summary *summary);

/* Events that were not recorded. */
uint64_t summary_lost(const struct summary *summary);

/* What was begun and never ended. */
uint64_t summary_count_open(const struct summary *summary);

/* The time from the first to the last event; over all hosts of a run, summed over runs. */
uint64_t summary_duration(const struct summary *summary);

#endif
