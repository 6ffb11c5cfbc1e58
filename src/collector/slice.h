/* Slices on lanes: their begins, and ends that tell the whole slice. */
#ifndef ITT_COLLECTOR_SLICE_H
#define ITT_COLLECTOR_SLICE_H

#include "event.h"
#include "lane.h"
#include "span.h"

/* What a begin says. */
struct slice {
    struct span_key key;
    uint32_t place; /* see lane_place() */
    uint32_t name;  /* iid; 0: the text instead */
    struct text name_text;
    __itt_id id; /* as the program gave it */
    __itt_id parent;
    uint64_t parent_flow; /* where there is no parent: an arrow from the event with that flow id; 0: none */
    const struct annotation *annotations;
    uint32_t annotation_count;
    bool timed; /* at a time that the program gives, else now */
    uint64_t time;
};

/* Those of the writer's recording. */
static inline struct spans *slice_spans(const struct writer *w)
{
    return atomic_load_explicit(&w->join, memory_order_relaxed)->spans;
}

/*
 * Begins it. Returns the span, claimed, also where it is not recorded (its lane is 0), so that its end is known; NULL where
 * nothing is to be ended: counted.
 */
struct span *slice_begin(struct writer *w, const struct slice *slice);

/* Ends a claimed span, not before its begin, and frees it. `moment`: a time where `timed`, else ticks. */
void slice_end(struct writer *w, struct span *span, bool timed, uint64_t moment);

/* A span as open_task.where, and back. */
uint64_t slice_where(const struct writer *w, const struct span *span);
struct span *slice_span(const struct writer *w, uint64_t where);

/* An end without a begin. */
void slice_miss(struct writer *w);

/* Whether nothing is written any more, nor counted. */
bool slice_is_over(const struct writer *w);

/* Whether what happens now is recorded; counted where it is not. */
bool slice_is_collected(struct writer *w);

/*
 * A slice that is over: begin and end become visible together. `begin` says all but type and track; its time and `end` are what the
 * program gave. Counted where it cannot be.
 */
bool slice_write(struct writer *w, struct event *begin, uint32_t place, uint64_t end);

/* Room for an event, in a segment that knows what it names; `lane` 0: it names none. */
bool slice_prepare(struct writer *w, const struct event *event, uint32_t lane, size_t size);

#endif
