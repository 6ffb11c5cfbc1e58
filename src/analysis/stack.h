/*
 * The tasks open at one moment of a segment: a stack for each group of tracks (a thread's own tracks, or those of one
 * domain on it; their levels continue one stack).
 */
#ifndef ITT_ANALYSIS_STACK_H
#define ITT_ANALYSIS_STACK_H

#include "tasks.h"

#define STACK_ENTRIES (1u << 18) /* open at once; a segment of a chunk has room for far fewer */
#define STACK_SEARCH  1024u      /* how deep a task is searched that is not the innermost */

struct open_task {
    struct task *task;
    uint64_t begin;    /* CLOCK_MONOTONIC */
    uint64_t shift;    /* from there to CLOCK_BOOTTIME then */
    uint64_t children; /* time of the tasks directly inside it that ended in this segment */
    uint32_t below;    /* the entry around it, or the next free one; 0: none */
    uint8_t level;
    uint8_t flags;
};

enum {
    OPEN_CAME_IN = 1, /* was open at the segment's start */
    OPEN_GHOST = 2,   /* its begin was taken back: it follows once more, here or in a later segment */
    OPEN_AGAIN = 4,   /* came in, and its begin has been here once more */
};

struct stack {
    uint64_t group;
    uint32_t top; /* 0: empty */
};

struct stacks {
    struct open_task *entries; /* entry 0 is none */
    uint32_t *nodes;           /* of the tree, where one is wanted, by entry */
    bool has_nodes;
    uint32_t used, capacity, free;
    struct stack *stack; /* the first is the thread's own */
    uint32_t count, stack_capacity;
    struct map numbers; /* group -> number + 1 */
};

void stacks_open(struct stacks *stacks);
void stacks_close(struct stacks *stacks);

/* Empties all; `group` is the thread's own. False: memory is out. */
bool stacks_start(struct stacks *stacks, uint64_t group);

/* The stack of a group, NULL where it has none yet. */
struct stack *stacks_find(struct stacks *stacks, uint64_t group);
/* Makes it if need be; NULL: memory is out. */
struct stack *stacks_need(struct stacks *stacks, uint64_t group);

/* Whether no room is left because there are too many entries or stacks, rather than too little memory. */
bool stacks_are_full(const struct stacks *stacks);

/* A new entry on no stack, for room that is used up; 0: none to be had. */
uint32_t stacks_new_entry(struct stacks *stacks);

static inline uint32_t stacks_entry(struct stacks *stacks)
{
    uint32_t entry = stacks->free;
    if (__builtin_expect(entry != 0, 1)) {
        stacks->free = stacks->entries[entry].below;
        return entry;
    }
    return stacks_new_entry(stacks);
}

static inline void stacks_release(struct stacks *stacks, uint32_t entry)
{
    stacks->entries[entry].below = stacks->free;
    stacks->free = entry;
}

/* Puts an entry in its place by time: on top, but for a task that moved here later than the ones begun inside it. */
void stack_insert(struct stacks *stacks, struct stack *stack, uint32_t entry);

/* Where the innermost task of a level hangs: the link to its entry. NULL: none near the top. */
uint32_t *stack_find_level(struct stacks *stacks, struct stack *stack, uint8_t level);

/* The same for one instance of a task: a ghost of it rather than another. */
uint32_t *stack_find_task(struct stacks *stacks, struct stack *stack, const struct task *task,
                          uint64_t begin);

static inline uint32_t stacks_node(const struct stacks *stacks, uint32_t entry)
{
    return stacks->has_nodes && entry != 0 ? stacks->nodes[entry] : 0;
}

/* How many entries below this one have its task and begin. */
uint32_t stack_ordinal(const struct stacks *stacks, uint32_t entry);

#endif
