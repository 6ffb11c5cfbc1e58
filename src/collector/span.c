#define _GNU_SOURCE
#include "span.h"
#include "process.h"
#include <stdatomic.h>
#include <sys/mman.h>

/*
 * Levels of buckets of 16 cells. A span lies in the bucket that its id's hash says, in the first level that has
 * room there: the few that are open in most programs stay together in the cache, and a quarter of a million find room.
 */
#define BUCKET 16u
#define LEVELS 3u
static const uint32_t level_buckets[LEVELS] = {64, 1024, 16384};
static const uint32_t level_start[LEVELS] = {0, 64 * BUCKET, (64 + 1024) * BUCKET};
#define CELLS ((64u + 1024u + 16384u) * BUCKET)

/*
 * The state of a cell: [ generation 22 | tag 8: of its id | status 2 ]. Only the thread that changed it from free or open to
 * claimed, by compare-and-swap, changes the cell. All zeros is free, which is what a fork leaves.
 */
enum { FREE, CLAIMED, OPEN };
#define STATUS     3u
#define TAG_SHIFT  2
#define TAG        (0xffu << TAG_SHIFT)
#define GENERATION (1u << 10)

struct spans {
    _Atomic uint32_t reached; /* the deepest level ever used */
    _Atomic uint32_t overflow;
    _Alignas(64) _Atomic uint32_t state[CELLS];
    _Alignas(64) struct span span[CELLS];
    char text[CELLS][SPAN_TEXT_MAX];
};

struct place {
    uint32_t bucket[LEVELS]; /* its first cell */
    uint32_t tag;            /* in its place, with OPEN */
};

struct spans *span_make(void)
{
    return process_wiped_memory(sizeof(struct spans));
}

void span_wipe(struct spans *spans)
{
    madvise(spans, sizeof *spans, MADV_DONTNEED);
}

static uint64_t hash_id(__itt_id id)
{
    uint64_t hash = (id.d1 + id.d2 * 0x9e3779b97f4a7c15u + id.d3 * 0xc2b2ae3d27d4eb4fu) * 0xd6e8feb86659fd93u;
    return (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
}

static struct place find_place(__itt_id id)
{
    uint64_t hash = hash_id(id);
    struct place place = {.tag = (uint32_t)(hash >> 56) << TAG_SHIFT | OPEN};
    for (uint32_t i = 0; i < LEVELS; i++)
        place.bucket[i] = level_start[i] + (uint32_t)(hash >> (8 + 14 * i)) % level_buckets[i] * BUCKET;
    return place;
}

uint32_t span_cell(const struct spans *spans, const struct span *span)
{
    return (uint32_t)(span - spans->span);
}

struct span *span_at(struct spans *spans, uint32_t cell)
{
    return &spans->span[cell < CELLS ? cell : 0];
}

#define LOAD(field)         atomic_load_explicit(&(field), memory_order_relaxed)
#define STORE(field, value) atomic_store_explicit(&(field), value, memory_order_relaxed)

static bool has_id(const struct span *span, __itt_id id)
{
    return ((LOAD(span->d1) ^ id.d1) | (LOAD(span->d2) ^ id.d2) | (LOAD(span->d3) ^ id.d3)) == 0;
}

struct span *span_claim(struct spans *spans, const struct span_key *key)
{
    struct place place = find_place(key->id);
    for (uint32_t level = 0; level < LEVELS; level++) {
        for (uint32_t cell = place.bucket[level]; cell < place.bucket[level] + BUCKET; cell++) {
            uint32_t state = LOAD(spans->state[cell]);
            if ((state & STATUS) != FREE ||
                !atomic_compare_exchange_strong_explicit(
                    &spans->state[cell], &state, (state & ~(TAG | STATUS)) | (place.tag & TAG) | CLAIMED,
                    memory_order_acquire, memory_order_relaxed))
                continue;
            if (level > LOAD(spans->reached))
                STORE(spans->reached, level);
            struct span *span = &spans->span[cell];
            STORE(span->d1, key->id.d1);
            STORE(span->d2, key->id.d2);
            STORE(span->d3, key->id.d3);
            STORE(span->place, span_place(key->kind, key->domain));
            return span;
        }
    }
    return NULL;
}

static void leave(struct spans *spans, struct span *span, uint32_t status)
{
    _Atomic uint32_t *state = &spans->state[span_cell(spans, span)];
    uint32_t now = LOAD(*state);
    if ((now & STATUS) == FREE)
        return; /* a fork has wiped it */
    atomic_store_explicit(state, ((now & ~STATUS) | status) + GENERATION, memory_order_release);
}

void span_open(struct spans *spans, struct span *span)
{
    leave(spans, span, OPEN);
}

void span_free(struct spans *spans, struct span *span)
{
    leave(spans, span, FREE);
}

/* The cell with this id and place that is open and began last; its state is in *state. CELLS: none. */
static uint32_t search(struct spans *spans, __itt_id id, uint32_t place, uint32_t mask, uint32_t *state)
{
    struct place at = find_place(id);
    uint32_t best = CELLS, reached = LOAD(spans->reached);
    uint64_t latest = 0;
    for (uint32_t level = 0; level <= reached; level++) {
        for (uint32_t cell = at.bucket[level]; cell < at.bucket[level] + BUCKET; cell++) {
            uint32_t now = LOAD(spans->state[cell]);
            if ((now & (TAG | STATUS)) != at.tag)
                continue;
            atomic_thread_fence(memory_order_acquire);
            const struct span *span = &spans->span[cell];
            uint64_t begin = LOAD(span->begin);
            if (((LOAD(span->place) ^ place) & mask) != 0 || !has_id(span, id) ||
                (best != CELLS && begin < latest))
                continue;
            best = cell;
            latest = begin;
            *state = now;
        }
    }
    return best;
}

bool span_is_open(struct spans *spans, const struct span_key *key)
{
    uint32_t state;
    return search(spans, key->id, span_place(key->kind, key->domain), UINT32_MAX, &state) != CELLS;
}

struct span *span_take(struct spans *spans, const struct span_key *key)
{
    uint32_t state, place = span_place(key->kind, key->domain);
    uint32_t cell = search(spans, key->id, place, UINT32_MAX, &state);
    while (cell != CELLS) {
        /* The generation says that it is still what was looked at. */
        if (atomic_compare_exchange_strong_explicit(&spans->state[cell], &state, (state & ~STATUS) | CLAIMED,
                                                    memory_order_acquire, memory_order_relaxed))
            return &spans->span[cell];
        cell = search(spans, key->id, place, UINT32_MAX, &state);
    }
    return NULL;
}

void span_overflow(struct spans *spans)
{
    atomic_fetch_add_explicit(&spans->overflow, 1, memory_order_relaxed);
}

bool span_underflow(struct spans *spans)
{
    uint32_t count = LOAD(spans->overflow);
    while (count > 0) {
        if (atomic_compare_exchange_weak_explicit(&spans->overflow, &count, count - 1, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

struct span *span_find(struct spans *spans, uint32_t domain, __itt_id id, struct span *copy)
{
    uint32_t state, mask = domain == 0 ? 0 : SPAN_DOMAIN;
    for (;;) {
        uint32_t cell = search(spans, id, span_place(0, domain), mask, &state);
        if (cell == CELLS)
            return NULL;
        struct span *span = &spans->span[cell];
        STORE(copy->begin, LOAD(span->begin));
        STORE(copy->where, LOAD(span->where));
        STORE(copy->sequence, LOAD(span->sequence));
        STORE(copy->place, LOAD(span->place));
        STORE(copy->name, LOAD(span->name));
        STORE(copy->lane, LOAD(span->lane));
        atomic_thread_fence(memory_order_acquire);
        if (LOAD(spans->state[cell]) == state)
            return span;
    }
}

char *span_text(struct spans *spans, struct span *span)
{
    return spans->text[span_cell(spans, span)];
}
