/* One track event as a packet. */
#ifndef ITT_COLLECTOR_EVENT_H
#define ITT_COLLECTOR_EVENT_H

#include "annotation.h"
#include "name.h"
#include "writer.h"

enum { EVENT_BEGIN = 1, EVENT_END = 2, EVENT_INSTANT = 3, EVENT_COUNTER = 4 };

struct event {
    uint32_t type;
    bool absolute;  /* time stands by itself, not as the difference to the packet before */
    uint64_t time;  /* by the thread's clock */
    uint64_t track; /* 0: the thread's */
    uint32_t name;  /* iid; 0: the text instead, if any. Of an end that has a kind: the slice's */
    uint32_t category;
    struct text name_text;
    struct text category_text;
    uint32_t kind;        /* ITT_KIND_* */
    uint64_t begin;       /* of an end that has a kind: when its slice began */
    uint64_t flow;        /* this is the event with that flow id; 0: none */
    uint64_t parent_flow; /* an arrow from the event with that flow id ends here; 0: none */
    const struct annotation *annotations;
    uint32_t annotation_count;
    bool is_double; /* a counter's value: by its bits a double, else a signed integer */
    uint64_t value;
};

/* Upper bound of its packet. */
static inline size_t event_cost(const struct event *event)
{
    size_t cost = 160 + event->name_text.length + event->category_text.length;
    for (uint32_t i = 0; i < event->annotation_count; i++)
        cost += annotation_cost(&event->annotations[i]);
    return cost;
}

/* Writes it; room must be reserved. Returns its file offset (see open_task.where). */
uint64_t event_write(struct writer *w, const struct event *event);

/* Writes both, to become visible together. */
void event_write_pair(struct writer *w, const struct event *first, const struct event *second);

/*
 * A packet whose first 8 bytes, `word`, are held back until it is complete: 0A len3 and the sequence id. event_open() returns
 * the position of its next field, event_close() the word.
 */
uint8_t *event_open(const struct writer *w, uint8_t *at, uint64_t *word);
uint64_t event_close(const uint8_t *start, const uint8_t *end, uint64_t word);

/* A packet that was written, and where its parts lie: counted from its start, whether we have them or not. */
struct event_look {
    const uint8_t *at;  /* the packet, in the slot or its start in `bytes` */
    const uint8_t *end; /* of the track event's body, as far as we have it */
    size_t size;        /* of the packet */
    uint32_t fields;    /* the first one */
    uint32_t event;     /* the track event: its tag */
    uint32_t body;
    size_t body_size;
    uint8_t bytes[640]; /* more than a name without an iid, and what comes before it: see name_clean() */
};

bool event_look(struct writer *w, uint64_t where, struct event_look *look);

/* Reads back the text of a begin written without an iid; its length. */
size_t event_peek_name(struct writer *w, uint64_t where, char *to, size_t size);

/* Takes back a begin: it becomes a packet of its time alone. */
void event_take_back(struct writer *w, uint64_t where);

#endif
