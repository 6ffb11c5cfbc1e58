/* The names a segment defines, and the row of the report that a number of them stands for. */
#ifndef ITT_ANALYSIS_NAMES_H
#define ITT_ANALYSIS_NAMES_H

#include "packet.h"
#include "tasks.h"

#define NAMES_CACHE 512u

/* Bytes kept in names.bytes, which moves while it grows. */
struct kept {
    uint32_t offset, length;
};

struct cached_task {
    uint64_t key; /* iids of category and name */
    struct task *task;
};

struct names {
    struct map events, categories; /* iid -> number in `texts` + 1 */
    struct kept *texts;
    uint32_t count, capacity;
    char *bytes;
    uint32_t bytes_used, bytes_capacity;
    struct cached_task cache[NAMES_CACHE];
};

void names_open(struct names *names);
void names_close(struct names *names);

/* Forgets all: a new segment. */
void names_start(struct names *names);

/* Keeps a copy of some bytes for as long as the segment lasts. False: no room. */
bool names_keep(struct names *names, struct span span, struct kept *kept);

/* Takes the names of an interned_data. False where it does not parse. */
bool names_define(struct names *names, struct span interned);

/* The row of an event; NULL: memory is out. */
struct task *names_task(struct names *names, struct tasks *tasks, const struct event *event);

static inline struct cached_task *names_cached(struct names *names, uint64_t key)
{
    return &names->cache[(key ^ key >> 27) % NAMES_CACHE];
}

/* What names_task() found earlier for these iids in the segment, or NULL. */
static inline struct task *names_known(struct names *names, uint32_t category, uint32_t name)
{
    uint64_t key = (uint64_t)category << 32 | name;
    struct cached_task *cached = names_cached(names, key);
    return __builtin_expect(cached->key == key, 1) ? cached->task : NULL;
}

#endif
