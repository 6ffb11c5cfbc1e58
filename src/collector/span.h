/*
 * Spans: what is open and has an id, to be ended by any thread of the process: overlapped tasks, regions, frames. A
 * table without locks, of bounded size, that a fork wiped: a thread that is stopped or killed anywhere blocks nobody.
 */
#ifndef ITT_COLLECTOR_SPAN_H
#define ITT_COLLECTOR_SPAN_H

#include "flow.h"
#include <stdatomic.h>

#define SPAN_TEXT_MAX 248u

/* What an end must name. */
struct span_key {
    __itt_id id;
    uint32_t domain; /* iid */
    uint32_t kind;   /* ITT_KIND_* */
};

/* A span is written by the thread that claimed it; fields are atomic for span_find(), relaxed. */
struct span {
    _Atomic uint64_t d1, d2, d3;
    _Atomic uint64_t begin;
    _Atomic uint64_t where; /* of its begin; as long as the writer is in the segment of this number */
    _Atomic uint32_t segment;
    _Atomic uint32_t place; /* kind and domain: see span_place() */
    _Atomic uint32_t name;  /* iid; 0: see span_text() */
    _Atomic uint32_t lane;  /* 0: not collected */
    _Atomic uint16_t lost;  /* not collected because of a failure: its end is lost too */
    _Atomic uint16_t again; /* ends to come before its own: see sync.c */
    _Atomic uint32_t text_length;
};

#define SPAN_GET(field)        atomic_load_explicit(&(field), memory_order_relaxed)
#define SPAN_SET(field, value) atomic_store_explicit(&(field), value, memory_order_relaxed)

#define SPAN_KIND_SHIFT 20
#define SPAN_DOMAIN     0x000fffffu

static inline uint32_t span_place(uint32_t kind, uint32_t domain)
{
    return kind << SPAN_KIND_SHIFT | domain;
}

/*
 * Levels of buckets of a few cells. A span lies in the bucket that its id's hash says, in the first level that has
 * room there: the few that are open in most programs stay together in the cache, and a quarter of a million find room.
 */
#define SPAN_LEVELS 3u
#define SPAN_NEAR   4u  /* cells of a bucket of the first level */
#define SPAN_FAR    16u /* and of the others */
#define SPAN_CELLS  (256u * SPAN_NEAR + (1024u + 16384u) * SPAN_FAR)

/*
 * The state of a cell: [ generation 22 | tag 8: of its id | status 2 ]. Only the thread that changed it from free or open to
 * claimed, by compare-and-swap, changes the cell. All zeros is free, which is what a fork leaves.
 */
enum { SPAN_FREE, SPAN_CLAIMED, SPAN_OPEN };
#define SPAN_STATUS     3u
#define SPAN_TAG        (0xffu << 2)
#define SPAN_GENERATION (1u << 10)

struct spans {
    _Atomic uint32_t reached; /* the deepest level ever used */
    _Atomic uint32_t overflow;
    _Alignas(64) _Atomic uint32_t state[SPAN_CELLS];
    _Alignas(64) struct span span[SPAN_CELLS];
    char text[SPAN_CELLS][SPAN_TEXT_MAX];
};

/* The first cell of the first level's bucket; and the tag in its place. */
static inline uint32_t span_near(uint64_t hash)
{
    return (uint32_t)(hash >> 8) % 256 * SPAN_NEAR;
}

static inline uint32_t span_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 56) << 2;
}

static inline bool span_has_id(const struct span *span, __itt_id id)
{
    return ((SPAN_GET(span->d1) ^ id.d1) | (SPAN_GET(span->d2) ^ id.d2) | (SPAN_GET(span->d3) ^ id.d3)) == 0;
}

/* Changes a cell's state from what it was seen to be, if it still is. */
static inline bool span_swap(struct spans *spans, uint32_t cell, uint32_t state, uint32_t to)
{
    return atomic_compare_exchange_strong_explicit(&spans->state[cell], &state, to, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* By the one that claimed it. */
static inline void span_leave(struct spans *spans, struct span *span, uint32_t status)
{
    _Atomic uint32_t *state = &spans->state[span - spans->span];
    uint32_t now = SPAN_GET(*state);
    if ((now & SPAN_STATUS) != SPAN_FREE) /* else a fork has wiped it */
        atomic_store_explicit(state, ((now & ~SPAN_STATUS) | status) + SPAN_GENERATION, memory_order_release);
}

/* A recording's spans: NULL, no memory; and none again, for the next one. */
struct spans *span_make(void);
void span_wipe(struct spans *spans);

/* Who copies a span in span_find() and sees any of this sees that it was claimed, too. */
static inline struct span *span_fill(struct spans *spans, uint32_t cell, const struct span_key *key)
{
    struct span *span = &spans->span[cell];
    atomic_thread_fence(memory_order_release);
    SPAN_SET(span->d1, key->id.d1);
    SPAN_SET(span->d2, key->id.d2);
    SPAN_SET(span->d3, key->id.d3);
    SPAN_SET(span->place, span_place(key->kind, key->domain));
    return span;
}

/* Claims a free place for a span with this key; NULL: there is none. `hash`: of its id. */
struct span *span_claim_far(struct spans *spans, const struct span_key *key, uint64_t hash);

static inline struct span *span_claim(struct spans *spans, const struct span_key *key, uint64_t hash)
{
    uint32_t cell = span_near(hash), state = SPAN_GET(spans->state[cell]);
    if ((state & SPAN_STATUS) != SPAN_FREE ||
        !span_swap(spans, cell, state, (state & ~SPAN_TAG) | span_tag(hash) | SPAN_CLAIMED))
        return span_claim_far(spans, key, hash);
    return span_fill(spans, cell, key);
}

/* Shows a claimed one to others. */
static inline void span_open(struct spans *spans, struct span *span)
{
    span_leave(spans, span, SPAN_OPEN);
}

/* How many cells of the first level's bucket may be it; the last one and its state. */
static inline uint32_t span_look(struct spans *spans, uint64_t hash, uint32_t *cell, uint32_t *state)
{
    const uint32_t sought = span_tag(hash) | SPAN_OPEN, bucket = span_near(hash);
    const uint32_t first = SPAN_GET(spans->state[bucket]);
    const uint32_t others = SPAN_GET(spans->state[bucket + 1]) | SPAN_GET(spans->state[bucket + 2]) |
                            SPAN_GET(spans->state[bucket + 3]);
    uint32_t matches = 0;
    if ((first & (SPAN_TAG | SPAN_STATUS)) == sought && (others & SPAN_STATUS) == SPAN_FREE) {
        *cell = bucket;
        *state = first;
        atomic_thread_fence(memory_order_acquire);
        return 1;
    }
    for (uint32_t i = bucket; i < bucket + SPAN_NEAR; i++) {
        uint32_t now = SPAN_GET(spans->state[i]);
        if ((now & (SPAN_TAG | SPAN_STATUS)) == sought) {
            matches++;
            *cell = i;
            *state = now;
        }
    }
    atomic_thread_fence(memory_order_acquire);
    return matches;
}

/* Whether one with this key is open. `hash`: of its id. */
bool span_is_open_far(struct spans *spans, const struct span_key *key, uint64_t hash);

static inline bool span_is_open(struct spans *spans, const struct span_key *key, uint64_t hash)
{
    uint32_t cell, state;
    if (SPAN_GET(spans->reached) == 0 && span_look(spans, hash, &cell, &state) == 0)
        return false;
    return span_is_open_far(spans, key, hash);
}

/* Claims the open one with this key that began last; NULL: there is none. */
struct span *span_take_far(struct spans *spans, const struct span_key *key, uint64_t hash);

static inline struct span *span_take(struct spans *spans, const struct span_key *key, uint64_t hash)
{
    uint32_t cell = 0, state = 0, matches = span_look(spans, hash, &cell, &state);
    struct span *span = &spans->span[cell];
    /* One alone, and the right one: nearly always. */
    if (matches != 1 || SPAN_GET(spans->reached) != 0 || !span_has_id(span, key->id) ||
        SPAN_GET(span->place) != span_place(key->kind, key->domain) ||
        !span_swap(spans, cell, state, (state & ~SPAN_STATUS) | SPAN_CLAIMED))
        return span_take_far(spans, key, hash);
    return span;
}

/* A claimed one is no more; or one that nobody else can claim. */
static inline void span_free(struct spans *spans, struct span *span)
{
    span_leave(spans, span, SPAN_FREE);
}

/* Its number in the table, and back. */
static inline uint32_t span_cell(const struct spans *spans, const struct span *span)
{
    return (uint32_t)(span - spans->span);
}
struct span *span_at(struct spans *spans, uint32_t cell);

/* A begin that span_claim() found no place for, and the end that may be its own. False: all such have ended. */
void span_overflow(struct spans *spans);
bool span_underflow(struct spans *spans);

/*
 * The open one with this id in this domain (0: in any), of any kind, and a copy of it that is of one moment. What is returned may be
 * another's any time. NULL: there is none.
 */
struct span *span_find(struct spans *spans, uint32_t domain, __itt_id id, struct span *copy);

/* A copy, of one moment, of the one in this cell, if it is open. */
bool span_copy_open(struct spans *spans, uint32_t cell, struct span *copy);

/* Its name where that has no iid: SPAN_TEXT_MAX bytes, for the thread that claimed it. */
char *span_text(struct spans *spans, struct span *span);

#endif
