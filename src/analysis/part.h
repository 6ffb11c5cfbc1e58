/*
 * A part of a file, read by itself ahead of its turn, from the first place on where reading may begin. What it found is joined to
 * that of all before it: to the same sums, to the last bit, as if one reader had gone on to its end. Where that is not certain (a limit
 * is near; a segment has been seen before; it began elsewhere than what is before it ends), it is not joined, and read again in turn.
 */
#ifndef ITT_ANALYSIS_PART_H
#define ITT_ANALYSIS_PART_H

#include "reader.h"

struct part {
    struct summary summary; /* its threads, processes and recording have numbers of its own */
    struct reader reader;
    uint64_t start; /* where it began */
    bool found;     /* such a place, and no error up to its end */
};

/* Reads what begins at `from` or behind it, and ahead of `to`; as is wanted for `whole`. part_close() in any case. */
void part_read(struct part *part, const struct summary *whole, int fd, uint64_t size, uint64_t from,
               uint64_t to);
void part_close(struct part *part);

/* Joins it to what `reader` has read, which goes on behind it. False: nothing has changed. */
bool part_join(struct part *part, struct reader *reader);

#endif
