/* Blocks that were entered and are to be ended: which frame entered which task. */
#ifndef ITT_PYTHON_BLOCK_H
#define ITT_PYTHON_BLOCK_H

#include "state.h"

#include <ittnotify.h>

struct block {
    const __itt_domain *domain;
    __itt_id id;          /* null: a task on the thread's own stack */
    const void *frame;    /* the code that entered */
    unsigned long thread; /* and its thread */
    struct block *below;  /* of the same bucket */
    struct block **owner;
    struct block *older, *newer; /* of the same owner */
};

/* All blocks of an interpreter. An owner is a task: a pointer to its newest block, NULL where there is none. */
struct blocks *blocks_new(void);
void blocks_free(struct blocks *blocks);

/* Returns 0, or -1 without memory and without an exception. */
int blocks_add(struct blocks *blocks, struct block **owner, const struct block *block);

/* Takes away the newest block of OWNER that FRAME made. Returns whether there was one. */
int blocks_take(struct blocks *blocks, struct block **owner, const void *frame, struct block *found);

/* Takes away one that another frame made: the newest of this thread's own, or else the newest with an id. */
int blocks_take_other(struct blocks *blocks, struct block **owner, struct block *found);

/* Looks at the newest block of OWNER that FRAME made, and at the newest of all. */
int blocks_find(struct blocks *blocks, struct block **owner, const void *frame, struct block *found);
int blocks_find_newest(struct blocks *blocks, struct block **owner, struct block *found);

/* How many there are. */
size_t blocks_count(const struct blocks *blocks);

/* Looks at the newest block that FRAME made, whoever owns it. */
int blocks_current(struct blocks *blocks, const void *frame, struct block *found);

/* OWNER goes away: what it entered and nobody ended is forgotten. */
void blocks_forget(struct blocks *blocks, struct block **owner);

#endif
