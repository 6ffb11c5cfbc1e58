/* The names a segment defines, and the row of the report that two of their numbers stand for. */
#ifndef ITT_ANALYSIS_NAMES_H
#define ITT_ANALYSIS_NAMES_H

#include "packet.h"
#include "tasks.h"

#define NAMES_CACHE 8192u

struct name_slot {
    uint32_t generation; /* of the segment that defines it */
    uint32_t number;     /* of its text among those of the tasks */
};

struct cached_task {
    uint64_t key;
    struct task *task;
};

struct names {
    struct tasks *tasks;
    uint32_t owner;                        /* whose rows these are; set before the first is asked for */
    struct name_slot *events, *categories; /* by iid */
    uint32_t generation;                   /* the segment's; so nothing needs to be cleared */
    struct cached_task *cache;
};

/* False: memory is out. */
bool names_open(struct names *names, struct tasks *tasks);
void names_close(struct names *names);

/* Forgets all: a new segment. */
void names_start(struct names *names);

/* Takes the names of an interned_data. False where it does not parse. */
bool names_define(struct names *names, struct span interned);

/* The numbers of an event's domain and name, and its owner. */
struct row_id names_id(struct names *names, const struct event *event);

/* The row of an event: the frames of a domain are one row, and a kind below 16. NULL: memory is out. */
struct task *names_task(struct names *names, const struct event *event, uint64_t kind);

/* The segment, the kind and two iids in one word. */
static inline uint64_t names_key(const struct names *names, uint32_t category, uint32_t name, uint64_t kind)
{
    return (uint64_t)names->generation << 38 | kind << 34 | (uint64_t)category << 17 | name;
}

static inline struct cached_task *names_cached(const struct names *names, uint64_t key)
{
    return &names->cache[(key * 0x9e3779b97f4a7c15u) >> 51];
}

/* What names_task() found earlier for these iids of a plain task in the segment, or NULL. */
static inline struct task *names_known(const struct names *names, uint32_t category, uint32_t name)
{
    uint64_t key = names_key(names, category, name, 0);
    struct cached_task *cached = names_cached(names, key);
    bool same = cached->key == key && (category | name) >> 17 == 0;
    return __builtin_expect(same, 1) ? cached->task : NULL;
}

#endif
