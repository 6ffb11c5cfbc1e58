/* Packets taken apart, nothing believed: every length is checked. */
#ifndef ITT_ANALYSIS_PACKET_H
#define ITT_ANALYSIS_PACKET_H

#include "text.h"
#include "wire.h"
#include <stdbool.h>

/* Bytes of a message; at == NULL: absent. */
struct span {
    const uint8_t *at;
    const uint8_t *end;
};

struct packet {
    uint64_t time;
    uint64_t sequence; /* 0: absent */
    uint64_t flags;
    uint64_t clock; /* 0: the sequence's own */
    bool timed;
    struct span snapshot, event, interned, defaults, descriptor, info, detail;
    struct span taken_back; /* an event that does not count any more */
};

struct event {
    uint64_t type;
    uint64_t track; /* where has_track */
    bool has_track;
    uint64_t name, category; /* iids; 0: none */
    struct text name_text, category_text;
    bool real; /* a counter's value: a double, by its bits */
    uint64_t value;
};

/* What stands beside an event that is no plain task's. */
struct detail {
    uint64_t kind;  /* enum itt_kind */
    uint64_t begin; /* of an end: when its slice began, CLOCK_MONOTONIC */
    struct event as;
};

struct clocks {
    uint64_t sequence, boot;
};

/* One `open` task of a segment's info. */
struct open_entry {
    uint64_t begin;
    struct event as; /* its name, domain and track */
};

/* What a track is of: the process or thread has a name, the counter a unit, if length != 0. */
struct descriptor {
    uint64_t track;
    bool is_process, is_thread, is_counter;
    struct text name;
};

/* All of these: false where it does not parse. */
bool packet_read(const uint8_t *at, const uint8_t *end, struct packet *packet);
bool event_read(struct span span, struct event *event);
bool clocks_read(struct span span, struct clocks *clocks);
bool defaults_read(struct span span, uint64_t *track);
bool open_entry_read(struct span span, struct open_entry *entry);

bool detail_read(struct span span, struct detail *detail);
bool descriptor_read(struct span span, struct descriptor *descriptor);

/* What an event says under a key, where that is a text; else an empty one. */
struct text event_annotation(struct span event, const char *key);

/* An interned text: its iid. */
bool interned_read(struct span span, uint64_t *iid, struct text *text);

#endif
