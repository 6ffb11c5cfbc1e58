/*
 * A writer: what one thread needs to write its events. All of it belongs to that thread alone, and reads as zeros in
 * a forked child, whose first event therefore takes the slow path by itself.
 *
 * A process may write one recording after the other (itt.record): `join`, `head` and `process` are those of the recording that this
 * thread is in, set by thread_enter(), which also forgets what was open in the one before. So a function that
 * has entered uses w->head, w->join and w->process, never `joined`. Tables of the process that hold what belongs to one
 * recording (track uuids, what was told, what is open) remember w->join->number and start anew at another one.
 *
 *   [ struct writer: anonymous memory, wiped by fork | window: the slot, mapped from the file ]
 */
#ifndef ITT_COLLECTOR_WRITER_H
#define ITT_COLLECTOR_WRITER_H

#include "client.h"
#include "clock.h"
#include "format.h"
#include "platform.h"
#include "ring.h"
#include <stdbool.h>

#define WRITER_DEPTH       (ITT_TRACK_LEVELS * ITT_TRACK_DEPTH) /* tasks open at once on a thread */
#define WRITER_NUMBERS     65536u                               /* domain numbers in a track uuid */
#define WRITER_THREAD_NAME 64u
#define WRITER_FAST_IIDS   128u /* names and domains that a short form can hold */
#define WRITER_LANES       65536u
#define WRITER_OWN_LANES   8u
#define WRITER_EVENT_TEXT  488u
#define WRITER_EVENTS      64u /* events and marks of a thread that may be open at once */
#define WRITER_COUNTERS    4096u
#define WRITER_FORMATTED   65536u /* longest formatted metadata */
#define WRITER_FREED       256u

/* open_task.key: what an end must name, and flags. A plain key is a collected task on the thread's own track. */
#define KEY_NUMBER      0x0003ffffu /* a domain's iid, or KEY_PT_REGION + region */
#define KEY_ID          0x00040000u /* it has an id: see writer.ids */
#define KEY_GONE        0x00080000u /* a flight recorder has its begin no more: see begins.h */
#define KEY_LEVEL_SHIFT 20          /* 8 bits: level of the track it is on */
#define KEY_LEVEL       0x0ff00000u
#define KEY_LOST        0x20000000u /* uncollected because of a failure: its end is lost too */
#define KEY_LISTED      0x10000000u /* while a segment's head is written: it is in there */
#define KEY_APART       0x40000000u /* on the track of its domain */
#define KEY_NONE        0xffffffffu
#define KEY_UNCOLLECTED 0x80000000u /* begun while paused or after a stop: its end writes nothing */
#define KEY_PT_REGION   0x00020000u
#define KEY_LANE        0x80100000u /* on a lane: as if uncollected for the thread's own tracks */

/* open_task.where: the file offset of its begin, in the trace where the slots lie in another file: */
#define WHERE_TRACE ((uint64_t)1 << 63)
#define WHERE_GONE  (WHERE_TRACE - 1) /* a flight recorder has it no more, or may not */

struct open_task {
    uint64_t begin; /* time of the thread's clock */
    uint64_t where;
    uint32_t name; /* iid; 0: the text is in the begin's packet */
    uint32_t key;
};

/* An event or mark that began: an instant until its end makes it a slice. The writer knows the latest. */
struct open_event {
    uint64_t begin;
    uint64_t where; /* as open_task.where; 0: not collected */
    uint32_t name;
    uint32_t kind; /* ITT_KIND_*; 0: none */
    uint32_t text_length;
    char text[WRITER_EVENT_TEXT]; /* a mark's parameter */
};

/* What a segment knows of a counter: the start of its events, from their track event on. */
struct told_counter {
    uint32_t segment; /* its number; 0: none */
    uint8_t size;
    uint8_t event[27];
};

/* An event that this thread wrote and may add to. */
struct written {
    uint64_t where; /* as in open_task; 0: none */
    uint64_t time;
    uint32_t name; /* iids that it uses, 0: none */
    uint32_t category;
    bool alone; /* no other event of its time can be on its track */
};

/* The spare part of the begin at `where`: see amend.c. */
struct spare {
    uint64_t where; /* 0: not known */
    uint8_t *at;    /* the annotation that begins with it */
    uint32_t room;
    uint32_t inside; /* bytes of that annotation behind the spare part */
};

/* Where a full slot went in a flight recorder: until slot_let_go() what lies there can be read and taken back. */
struct handed {
    bool held;
    struct ring_place place;
    uint64_t where; /* as in open_task, of its first byte */
    uint64_t from;  /* where the slot lay */
    uint32_t size;  /* of the slot */
    uint8_t *page;  /* the chunk, mapped; NULL where it cannot be */
};

struct bits {
    uint64_t word[WRITER_NUMBERS / 64 + 1];
};

struct join;
struct lane;
struct process;

struct writer {
    /* The hot path. */
    uint32_t busy; /* inside a call: a nested one is lost */
    uint32_t depth;
    uint8_t
        *at; /* next byte of the slot; at == limit: nothing may be written before a look at the slow path */
    uint8_t *limit; /* the segment ends here */
    uint8_t *end;   /* of the slot */
    uint8_t *
        fast_end; /* a hot path's packet ends here at the latest; NULL where none fits this segment, or was wiped */
    uint64_t last;       /* time of the segment's last packet */
    uint64_t begin_form; /* first 8 bytes of a short begin and end, their time delta zero */
    uint64_t end_form;
    uint64_t cover;              /* the one at `at` */
    uint64_t where_bias;         /* open_task.where less its address */
    struct recording_head *head; /* NULL after a fork */
    struct clock clock;
    /* Parts of the next 8 bytes of a short begin, by iid; 0 where the segment does not know it, or the domain lies apart. */
    uint64_t name_forms[WRITER_FAST_IIDS];
    uint64_t domain_forms[WRITER_FAST_IIDS];

    /* The slow path. */
    struct process *process;
    _Atomic(struct join *) join;
    _Atomic uint32_t window_lock; /* while the window is mapped anew */
    uint64_t slot_offset;         /* in the file of slots */
    uint32_t slot_size;           /* 0: none yet */
    uint32_t sequence;     /* of the segment, in the file: a flight recorder uses it again when it has gone */
    uint32_t segment;      /* its number in this process, never used again */
    uint32_t slot_segment; /* of the first one in the slot */
    uint32_t index;        /* in the registry, + 1; 0: wiped by a fork */
    uint32_t thread_id;
    uint32_t farewells; /* rounds of destructors that its thread has gone through: see give_back() */
    uint32_t overflow;  /* tasks open beyond WRITER_DEPTH */
    uint32_t going_on;  /* open tasks whose begins a segment has again at most: set as its head is planned */
    uint32_t
        own_depth;   /* collected tasks on the thread's own track; kept only while depth > ITT_TRACK_DEPTH */
    bool live;       /* a segment of this thread is under way */
    bool complained; /* its failure is counted */
    bool failed;     /* this thread found no memory or room */
    uint64_t track;  /* uuid of the thread's track */
    uint64_t boot_offset;                        /* of this segment */
    uint8_t *rest;                               /* a free writer's slot: its first free byte */
    char thread_name[WRITER_THREAD_NAME];        /* given by the program; empty: the kernel's */
    uint32_t levels_told[ITT_TRACK_LEVELS / 32]; /* tracks of the thread described in this segment */
    uint32_t custom;                      /* the custom track that its tasks go to: see track_current() */
    struct lane *lanes[WRITER_OWN_LANES]; /* free ones that it had last: see lane_take() */
    uint64_t groups_told[8];
    uint32_t events_made;
    struct spare spare;
    struct written marker; /* the last one */
    __itt_id marker_id;
    uint64_t amending; /* where what amend_add() is at lies */
    struct handed handed;
    uint32_t freed_first, freed_end;
    /* Number of the segment that knows these tracks: */
    uint32_t counters_told;   /* group of the counters */
    uint32_t scopes_told[3];  /* see scope_track() */
    uint32_t stitch_sequence; /* the segment in which */
    uint32_t stitch_name;     /* this was the name of its lanes in the group Sync; 0: none yet */

    /* Tables. The first ones, to whose ends every thread writes, lie together: they share pages. */
    struct bits names_told;   /* by iid */
    struct bits domains_told; /* by iid */
    struct bits tracks_told;  /* by domain number */
    uint64_t lanes_told[WRITER_LANES / 64 + 1];
    struct open_task open[WRITER_DEPTH];
    struct bits apart; /* by domain number: domains that interleaved, and now have their own track */
    uint32_t apart_depth[WRITER_NUMBERS]; /* by domain number: collected tasks on its own track */
    uint16_t listed[WRITER_NUMBERS];      /* by domain number, while a head is planned */
    struct open_event events[WRITER_EVENTS];
    uint32_t freed[WRITER_FREED]; /* sequence ids that are in the file no more, the oldest at freed_first */
    struct told_counter told[WRITER_COUNTERS];
    __itt_id ids[WRITER_DEPTH]; /* of open tasks that have KEY_ID */
    char formatted[WRITER_FORMATTED];
};

/* Where the window begins: whole pages of any size behind the writer. */
#define WRITER_SIZE ((sizeof(struct writer) + 65535u) & ~(size_t)65535u)

static inline bool bits_get(const struct bits *bits, uint32_t i)
{
    return bits->word[i / 64] >> (i % 64) & 1;
}

static inline void bits_set(struct bits *bits, uint32_t i)
{
    bits->word[i / 64] |= (uint64_t)1 << (i % 64);
}

static inline uint8_t *writer_slot(struct writer *w)
{
    return (uint8_t *)w + WRITER_SIZE;
}

/* Bytes left in the segment; none, or a negative number, where there is no segment. */
static inline intptr_t writer_room(const struct writer *w)
{
    return (intptr_t)((uintptr_t)w->limit - (uintptr_t)w->at);
}

/* Room for a packet of up to 127 bytes by a hot path. */
static inline bool writer_has_fast_room(const struct writer *w, size_t size)
{
    return (uintptr_t)w->at + size <= (uintptr_t)w->fast_end;
}

/*
 * Commits the packets that lie at w->at + 8 to `to`, whose first 8 bytes are `word`: cover behind them, then the word,
 * by one store.
 *
 *   before  [ cover ............................................. ]
 *            ^at
 *   after   [ packet | packet ... ][ cover ....................... ]
 *                                   ^to = at
 */
void writer_commit(struct writer *w, uint64_t word, uint8_t *to);

/* The cover alone. */
void writer_cover(struct writer *w, uint8_t *to);

/* Commits a packet of 8 bytes or more that was built elsewhere; it may overlap what lies behind w->at. */
void writer_put(struct writer *w, const uint8_t *packet, size_t size);

/* Its owner maps slots there; join_leave() takes those of a recording that is over away. */
void writer_lock_window(struct writer *w);
void writer_unlock_window(struct writer *w);

/* Forgets what was under way: nothing is open, and there is no slot. */
void writer_reset(struct writer *w);

/* Now, by the thread's clock, never before its last packet. */
uint64_t writer_time(struct writer *w, uint64_t ticks);

#endif
