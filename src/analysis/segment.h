/* Reads one segment after the other: pairs begins with ends, and adds what it finds to a summary. */
#ifndef ITT_ANALYSIS_SEGMENT_H
#define ITT_ANALYSIS_SEGMENT_H

#include "names.h"
#include "owner.h"
#include "stack.h"
#include "summary.h"

enum { EVENT_BEGIN = 1, EVENT_END = 2, EVENT_INSTANT = 3, EVENT_COUNTER = 4 };

enum segment_state {
    SEGMENT_NONE, /* before the first, or behind the last of our own */
    SEGMENT_READ,
    SEGMENT_SKIP, /* seen before */
    SEGMENT_LOST, /* damaged: nothing of the rest is believed */
};

struct segment {
    struct summary *summary;
    uint32_t source; /* number of the recording */
    enum segment_state state;
    uint64_t sequence;
    uint64_t time;  /* of the last packet, CLOCK_MONOTONIC */
    uint64_t shift; /* from there to CLOCK_BOOTTIME */
    uint64_t track; /* the thread's */
    uint64_t process;
    uint32_t thread; /* number in the summary; 0 before the first event */
    uint32_t process_number;
    struct owner owner;  /* what it says of its thread and process */
    uint64_t first_time; /* CLOCK_BOOTTIME of its events; first > last: none */
    uint64_t last_time;
    struct names names;
    struct stacks stacks;
    uint8_t *info; /* a copy of what tells the tasks open at its start: their names come later */
    uint32_t info_length;
    bool has_open;  /* it tells some */
    bool overflown; /* more is open in it than there can be */
};

/* False: memory is out. segment_close() in any case. */
bool segment_open(struct segment *segment, struct summary *summary);
void segment_close(struct segment *segment);

/*
 * Takes one packet, without its tag and length. False where it is damaged; what follows is skipped up to the next
 * segment. A packet of somebody else's may only come at the start of a unit.
 */
bool segment_feed(struct segment *segment, struct span packet, bool unit_start);

/* Takes the whole packets from `at` on that are plain begins and ends; where it stopped. May read 16 bytes past `end`. */
const uint8_t *segment_run(struct segment *segment, const uint8_t *at, const uint8_t *end);

/* Ends the segment under way, if there is one. */
void segment_finish(struct segment *segment, enum segment_state state);

#endif
