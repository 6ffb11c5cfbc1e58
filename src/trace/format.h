/* The trace file: what the collector writes and the analysis reads. docs/format.md tells it in prose. */
#ifndef ITT_TRACE_FORMAT_H
#define ITT_TRACE_FORMAT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* A file is a row of units. Unit 0 is the head; a chunk is one unit (a thread's first) or four. */
#define ITT_UNIT_SIZE   65536u
#define ITT_SMALL_CHUNK ITT_UNIT_SIZE
#define ITT_LARGE_CHUNK (4u * ITT_UNIT_SIZE)

#define ITT_HEAD_OFFSET    40 /* behind the trace_uuid packet (32) and the head's own cover (8) */
#define ITT_FORMAT_VERSION 1u
#define ITT_MAGIC          "ITTTRACE"

/* Longest text of one name, domain or command line in the file, in bytes; longer ones end with "…". */
#define ITT_TEXT_MAX 4000u

/* Names and domains that get a number; further ones are written out with each event. */
#define ITT_NAME_LIMIT 65536u

/*
 * Who is writing a chunk of a flight recorder's ring, 32 bits for each in unit 0: chunk k has place k % ITT_RING_OWNERS. 0 is
 * nobody; else the process id and, above its 22 bits, the low 10 of the inode of its pid namespace (all ones: not known). By
 * compare-and-swap: acquire to take, release to give back. Of a process that is gone, anybody in its namespace takes over.
 */
#define ITT_RING_OWNERS_OFFSET 2048u
#define ITT_RING_OWNERS        512u

/* recording_head.stop_reason, beside errno's: recording_head.max_units is reached. */
#define ITT_STOP_MAX_SIZE 0x10000u

/* Slices deeper than this on one track are not shown right by Perfetto: a further track takes them. */
#define ITT_TRACK_DEPTH 512u

/*
 * Track uuid: the thread's (or process's) key, the number of the domain a mis-nested task moved to, and the
 * level of the track, one for each ITT_TRACK_DEPTH slices. The thread's own track has domain 0, level 0.
 *
 *   63            40 39            24 23             8 7      0
 *  [ key, counted  ][ key, random    ][ domain number ][ level ]
 */
#define ITT_TRACK_KEY_SHIFT    24
#define ITT_TRACK_DOMAIN_SHIFT 8
#define ITT_TRACK_LEVELS       256u

/* Clock of a sequence: nanoseconds since the packet before; the snapshot at its head gives the start. */
#define ITT_CLOCK_SEQUENCE  64u
#define ITT_CLOCK_REALTIME  1u
#define ITT_CLOCK_MONOTONIC 3u
#define ITT_CLOCK_BOOTTIME  6u

/* TracePacket fields of our own, skipped by every other reader. */
#define ITT_FIELD_COVER   15u   /* unused bytes */
#define ITT_FIELD_SEGMENT 2047u /* struct of a segment's head: see docs/format.md */
#define ITT_FIELD_DETAIL  2046u /* beside track_event: what kind of event, and of an end the whole slice */

/* What an event is. */
enum itt_kind {
    ITT_KIND_TASK, /* has no detail */
    ITT_KIND_OVERLAPPED,
    ITT_KIND_REGION,
    ITT_KIND_FRAME,
    ITT_KIND_EVENT,
    ITT_KIND_MARK,
    ITT_KIND_MARKER,
    ITT_KIND_METADATA, /* that found no slice to go to */
    ITT_KIND_GROUP,
    ITT_KIND_RELATION,
    ITT_KIND_HISTOGRAM,
    ITT_KIND_TIMED,   /* a task with times given by the program */
    ITT_KIND_COUNTER, /* has no detail, as the event says it */
    ITT_KIND_SYNC,    /* a wait or hold, and what stitches stacks */
    ITT_KINDS
};

/* Group tracks: parents of the tracks that hold such things; the level bits of the process's uuid. */
enum itt_group {
    ITT_GROUP_FRAMES = 1,
    ITT_GROUP_TASKS,
    ITT_GROUP_REGIONS,
    ITT_GROUP_EVENTS,
    ITT_GROUP_COUNTERS,
    ITT_GROUP_MARKERS,
    ITT_GROUP_SYNC
};

/* recording_head.state */
#define ITT_STATE_PAUSED   1u /* between pause and resume */
#define ITT_STATE_DETACHED 2u /* for good, by the program */
#define ITT_STATE_STOPPED  4u /* for good, by a failure: recording_head.stop_reason */
#define ITT_STATE_SHOWN    8u /* the "paused" slice of the present pause has its begin in the file */

/* recording_head.wanted */
#define ITT_WANTED_SYNC       1u /* sync_*, fsync_*, notify_sync_* and stack_*, too */
#define ITT_WANTED_NO_CMDLINE 2u /* of a process its name alone, not its command line */

/*
 * The block of unit 0 that every process of a recording maps (little endian, at ITT_HEAD_OFFSET).
 * Written once by the creator before the file gets its name; afterwards only the atomic fields change, relaxed
 * but where said, by any process.
 */
struct recording_head {
    char magic[8];
    uint32_t version;
    uint32_t unit_size;
    uint64_t trace_inode; /* in a file of slots: whose they are; a copy of the trace has another */

    /* Offset 64 of the file, a cache line of its own: read by every begin. */
    _Atomic uint32_t state;       /* ITT_STATE_*; changed by compare-and-swap */
    _Atomic uint32_t stop_reason; /* an errno or ITT_STOP_*; written before ITT_STATE_STOPPED is set */
    uint8_t pad0[56];

    /* Offset 128: claims, out of line only. */
    _Atomic uint64_t next;          /* first unit that nobody claimed; acq_rel */
    _Atomic uint32_t next_sequence; /* sequence ids; from 1 */
    _Atomic uint32_t next_key;      /* track keys; from 1 */
    _Atomic uint64_t spill_next; /* as next, for the trace file where the slots lie in a file of their own */
    uint64_t max_units;          /* constant: of trace and slots together; 0: no limit */
    _Atomic uint64_t ring_next;  /* how often a chunk of the ring was taken; relaxed */
    uint32_t ring_chunks;        /* constant: large chunks from unit 1 on, a flight recorder; 0: it is none */
    _Atomic uint32_t ring_skipped; /* how often ring_next went on past a chunk that was taken; relaxed */
    uint8_t pad1[16];

    /* Offset 192: what was not recorded, and by whom the recording was joined. Added to, never set back. */
    _Atomic uint64_t lost_nested;    /* calls from a signal handler or hook inside another call */
    _Atomic uint64_t lost_space;     /* begins and ends after recording stopped, or that found no room */
    _Atomic uint64_t lost_depth;     /* tasks deeper than the open-task stack */
    _Atomic uint64_t unmatched_ends; /* task_end without a begin: ignored */
    _Atomic uint64_t paused_begins;  /* tasks not collected because of a pause */
    _Atomic uint64_t names_beyond;   /* names made after ITT_NAME_LIMIT */
    _Atomic uint32_t processes;      /* processes that joined, forked children with an event included */
    _Atomic uint32_t static_parts;   /* __itt_api_init calls */
    _Atomic uint32_t threads;        /* threads with an event */
    _Atomic uint32_t failed_joins;   /* threads that could not write; the last errno: */
    _Atomic uint32_t join_error;
    uint32_t pad2;
    _Atomic uint64_t accepted; /* calls that have no place in a timeline */
    uint8_t pad3[48];

    /* Offset 320: identity, constant. */
    uint8_t uuid[16];
    uint64_t run; /* ITT_RUN of the recording */
    uint64_t
        host; /* hash of boot id and time namespace: only processes with the same value may map this file */
    uint64_t start_realtime;
    uint64_t start_boottime;
    char hostname[64];
    char collector[32];    /* version that made the file */
    char slots_path[1024]; /* where the slots lie when not in this file, else empty */
    uint32_t wanted;       /* ITT_WANTED_* */
};

_Static_assert(offsetof(struct recording_head, state) == 64 - ITT_HEAD_OFFSET, "state at file offset 64");
_Static_assert(offsetof(struct recording_head, next) == 128 - ITT_HEAD_OFFSET, "claims at file offset 128");
_Static_assert(offsetof(struct recording_head, lost_nested) == 192 - ITT_HEAD_OFFSET,
               "counts at file offset 192");
_Static_assert(offsetof(struct recording_head, uuid) == 320 - ITT_HEAD_OFFSET, "identity at file offset 320");

#endif
