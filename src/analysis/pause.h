/* The pauses of one recording, which come in any order. */
#ifndef ITT_ANALYSIS_PAUSE_H
#define ITT_ANALYSIS_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#define PAUSES_KEPT 4096u

struct pauses {
    uint64_t begins, ends; /* of its "paused" slices */
    uint64_t time;         /* sum of the ends' times less that of the begins', modulo 2^64 */
    uint64_t *at;          /* when they began; in order up to `sorted` */
    uint32_t count, capacity, sorted;
};

void pauses_close(struct pauses *pauses);

void pauses_begin(struct pauses *pauses, uint64_t now);
void pauses_end(struct pauses *pauses, uint64_t now);

/* How long the recording was paused, as far as the slices tell; `last` is the end of it all. */
uint64_t pauses_time(const struct pauses *pauses, uint64_t last);

/* Whether one began from `first` to `last`. */
bool pauses_within(struct pauses *pauses, uint64_t first, uint64_t last);

#endif
