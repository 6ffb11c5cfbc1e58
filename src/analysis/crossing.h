/*
 * Tasks that are open where a segment ends. Segments come in any order, so only when all are read is it known which
 * of these tasks never ended, and for those what was counted too early is taken back.
 */
#ifndef ITT_ANALYSIS_CROSSING_H
#define ITT_ANALYSIS_CROSSING_H

#include "tree.h"

#define CROSSINGS_LIMIT (1u << 18)

/* One instance of a task: no two open ones on the tracks of one group are the same in all of this. */
struct instance {
    struct task *task; /* NULL: none */
    uint64_t begin;    /* CLOCK_MONOTONIC */
    uint32_t ordinal;  /* of those with the same begin: it matters where the clock is coarse */
    uint32_t node;     /* of the tree; what the others say tells the instance */
};

/* What one segment knows of an instance. */
struct crossing_note {
    uint64_t group; /* of tracks */
    uint32_t source;
    struct instance instance;
    uint64_t children;      /* time of the tasks inside it that ended in this segment, where it did not end */
    struct instance outer;  /* what it is inside of, where moved or a ghost */
    bool came_in, goes_out; /* it was open at the segment's start, is at its end */
    bool ended, moved;      /* it ended, went to another track here */
    bool ghost;             /* its begin was taken back: by itself this does not tell that it is open */
};

struct crossing {
    struct crossing_note is;
    uint32_t in, out;
    bool used;
};

struct crossings {
    struct crossing *table;
    uint64_t seed;
    uint32_t capacity, count;
    uint32_t trim;      /* so many are worth a look at what seems done */
    uint64_t forgotten; /* notes for which there was no room */
};

void crossings_open(struct crossings *crossings);
void crossings_close(struct crossings *crossings);

/* False: memory is out. */
bool crossings_note(struct crossings *crossings, const struct crossing_note *note);

/* Adds all that several notes said of one instance. */
bool crossings_join(struct crossings *crossings, const struct crossing *notes);

/*
 * Drops what seems done, if that is much. In the order in which a program writes, what seems done is done; so memory does not grow
 * with the file.
 */
void crossings_trim(struct crossings *crossings);

/* When every segment has been read: counts the tasks that never ended and corrects their rows. */
void crossings_resolve(struct crossings *crossings, struct tree *tree);

#endif
