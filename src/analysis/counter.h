/* The counters of the report: what values each of them took. */
#ifndef ITT_ANALYSIS_COUNTER_H
#define ITT_ANALYSIS_COUNTER_H

#include "pace.h"

#define COUNTERS_LIMIT  16384u
#define COUNTERS_OTHERS 16384u
#define COUNTERS_TRACKS 65536u

/* A value as the trace has it. */
struct number {
    bool real;
    int64_t integer; /* where not real; else near it */
    double value;
};

struct counter {
    struct row_id id;
    uint64_t count;
    struct number min, max, last;
    uint64_t last_time;
    uint64_t track; /* one that it has values on */
    uint32_t source;
    struct pace pace;
};

/* What the values of a track are counted in. */
struct unit {
    uint64_t track;
    uint32_t source;
    uint32_t text; /* its number */
};

struct counters {
    struct rows rows;
    struct map numbers; /* recording and track -> number of the unit + 1 */
    struct unit *units;
    uint32_t unit_count, unit_capacity;
};

void counters_open(struct counters *counters);
void counters_close(struct counters *counters);

/* Notes what a track counts in. */
void counters_note_unit(struct counters *counters, uint32_t source, uint64_t track, uint32_t unit);

/* Number of the text in which it counts; 0: none. Known when all is read. */
uint32_t counters_unit(const struct counters *counters, const struct counter *counter);

/* The counter of an id, which has a value on a track; NULL: memory is out. */
struct counter *counters_find(struct counters *counters, struct row_id id, uint32_t source, uint64_t track);

void counter_add(struct counter *counter, uint64_t now, struct number number);

/* Adds what came later in the file. */
void counter_join(struct counter *counter, const struct counter *later);

/* Known when all is read: its mean over time; of the values, where no time passed. */
double counter_mean(const struct counter *counter);

#endif
