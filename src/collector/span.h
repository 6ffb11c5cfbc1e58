/*
 * Spans: what is open and has an id, to be ended by any thread of the process: overlapped tasks, regions, frames. A
 * table without locks, of bounded size, that a fork wiped: a thread that is stopped or killed anywhere blocks nobody.
 */
#ifndef ITT_COLLECTOR_SPAN_H
#define ITT_COLLECTOR_SPAN_H

#include "client.h"
#include "writer.h"

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
    _Atomic uint64_t where; /* of its begin; as long as the writer is in the segment `sequence` */
    _Atomic uint32_t sequence;
    _Atomic uint32_t place; /* kind and domain: see span_place() */
    _Atomic uint32_t name;  /* iid; 0: see span_text() */
    _Atomic uint32_t lane;  /* 0: not collected */
    _Atomic uint32_t lost;  /* not collected because of a failure: its end is lost too */
    _Atomic uint32_t text_length;
};

#define SPAN_KIND_SHIFT 20
#define SPAN_DOMAIN     0x000fffffu

static inline uint32_t span_place(uint32_t kind, uint32_t domain)
{
    return kind << SPAN_KIND_SHIFT | domain;
}

/* A recording's spans: NULL, no memory; and none again, for the next one. */
struct spans *span_make(void);
void span_wipe(struct spans *spans);

/* Claims a free place for a span with this key, and then shows it to others. NULL: there is none. */
struct span *span_claim(struct spans *spans, const struct span_key *key);
void span_open(struct spans *spans, struct span *span);

/* Whether one with this key is open. */
bool span_is_open(struct spans *spans, const struct span_key *key);

/* Claims the open one with this key that began last; NULL: there is none. */
struct span *span_take(struct spans *spans, const struct span_key *key);

/* A claimed one is no more; or one that nobody else can claim. */
void span_free(struct spans *spans, struct span *span);

/* Its number in the table, and back. */
uint32_t span_cell(const struct spans *spans, const struct span *span);
struct span *span_at(struct spans *spans, uint32_t cell);

/* A begin that span_claim() found no place for, and the end that may be its own. False: all such have ended. */
void span_overflow(struct spans *spans);
bool span_underflow(struct spans *spans);

/*
 * The open one with this id in this domain (0: in any), of any kind, and a copy of it that is of one moment. What is returned may be
 * another's any time. NULL: there is none.
 */
struct span *span_find(struct spans *spans, uint32_t domain, __itt_id id, struct span *copy);

/* Its name where that has no iid: SPAN_TEXT_MAX bytes, for the thread that claimed it. */
char *span_text(struct spans *spans, struct span *span);

#endif
