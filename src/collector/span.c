#define _GNU_SOURCE
#include "span.h"
#include "process.h"
#include <stdatomic.h>
#include <sys/mman.h>

struct spans *span_make(void)
{
    return process_wiped_memory(sizeof(struct spans));
}

void span_wipe(struct spans *spans)
{
    madvise(spans, sizeof *spans, MADV_DONTNEED);
}

struct span *span_at(struct spans *spans, uint32_t cell)
{
    return &spans->span[cell < SPAN_CELLS ? cell : 0];
}

/* The first cell of a bucket of the level, and the one behind its last. */
static uint32_t bucket_of(uint64_t hash, uint32_t level, uint32_t *end)
{
    uint32_t start = span_near(hash);
    *end = start + SPAN_NEAR;
    if (level == 0)
        return start;
    if (level == 1)
        start = 256 * SPAN_NEAR + (uint32_t)(hash >> 22) % 1024 * SPAN_FAR;
    else
        start = 256 * SPAN_NEAR + (1024 + (uint32_t)(hash >> 36) % 16384) * SPAN_FAR;
    *end = start + SPAN_FAR;
    return start;
}

struct span *span_claim_far(struct spans *spans, const struct span_key *key, uint64_t hash)
{
    for (uint32_t level = 0; level < SPAN_LEVELS; level++) {
        uint32_t end, cell = bucket_of(hash, level, &end);
        for (; cell < end; cell++) {
            uint32_t state = SPAN_GET(spans->state[cell]);
            if ((state & SPAN_STATUS) != SPAN_FREE ||
                !span_swap(spans, cell, state, (state & ~SPAN_TAG) | span_tag(hash) | SPAN_CLAIMED))
                continue;
            if (level > SPAN_GET(spans->reached))
                SPAN_SET(spans->reached, level);
            return span_fill(spans, cell, key);
        }
    }
    return NULL;
}

/* The cell with this id and place that is open and began last; its state is in *state. SPAN_CELLS: none. */
static uint32_t search(struct spans *spans, __itt_id id, uint64_t hash, uint32_t place, uint32_t mask,
                       uint32_t *state)
{
    const uint32_t sought = span_tag(hash) | SPAN_OPEN;
    uint32_t best = SPAN_CELLS, reached = SPAN_GET(spans->reached);
    uint64_t latest = 0;
    for (uint32_t level = 0; level <= reached; level++) {
        uint32_t end, cell = bucket_of(hash, level, &end);
        for (; cell < end; cell++) {
            uint32_t now = SPAN_GET(spans->state[cell]);
            if ((now & (SPAN_TAG | SPAN_STATUS)) != sought)
                continue;
            atomic_thread_fence(memory_order_acquire);
            const struct span *span = &spans->span[cell];
            uint64_t begin = SPAN_GET(span->begin);
            if (((SPAN_GET(span->place) ^ place) & mask) != 0 || !span_has_id(span, id) ||
                (best != SPAN_CELLS && begin < latest))
                continue;
            best = cell;
            latest = begin;
            *state = now;
        }
    }
    return best;
}

bool span_is_open_far(struct spans *spans, const struct span_key *key, uint64_t hash)
{
    uint32_t state;
    return search(spans, key->id, hash, span_place(key->kind, key->domain), UINT32_MAX, &state) != SPAN_CELLS;
}

struct span *span_take_far(struct spans *spans, const struct span_key *key, uint64_t hash)
{
    uint32_t state, place = span_place(key->kind, key->domain);
    uint32_t cell = search(spans, key->id, hash, place, UINT32_MAX, &state);
    while (cell != SPAN_CELLS) {
        /* The generation says that it is still what was looked at. */
        if (span_swap(spans, cell, state, (state & ~SPAN_STATUS) | SPAN_CLAIMED))
            return &spans->span[cell];
        cell = search(spans, key->id, hash, place, UINT32_MAX, &state);
    }
    return NULL;
}

void span_overflow(struct spans *spans)
{
    atomic_fetch_add_explicit(&spans->overflow, 1, memory_order_relaxed);
}

bool span_underflow(struct spans *spans)
{
    uint32_t count = SPAN_GET(spans->overflow);
    while (count > 0) {
        if (atomic_compare_exchange_weak_explicit(&spans->overflow, &count, count - 1, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

/* False: it was another's meanwhile. */
static bool copy_of(struct spans *spans, uint32_t cell, uint32_t state, struct span *copy)
{
    struct span *span = &spans->span[cell];
    SPAN_SET(copy->begin, SPAN_GET(span->begin));
    SPAN_SET(copy->where, SPAN_GET(span->where));
    SPAN_SET(copy->segment, SPAN_GET(span->segment));
    SPAN_SET(copy->place, SPAN_GET(span->place));
    SPAN_SET(copy->name, SPAN_GET(span->name));
    SPAN_SET(copy->lane, SPAN_GET(span->lane));
    atomic_thread_fence(memory_order_acquire);
    return SPAN_GET(spans->state[cell]) == state;
}

bool span_copy_open(struct spans *spans, uint32_t cell, struct span *copy)
{
    uint32_t state = SPAN_GET(spans->state[cell]);
    atomic_thread_fence(memory_order_acquire);
    return (state & SPAN_STATUS) == SPAN_OPEN && copy_of(spans, cell, state, copy);
}

struct span *span_find(struct spans *spans, uint32_t domain, __itt_id id, struct span *copy)
{
    uint64_t hash = id_hash(id);
    uint32_t state, mask = domain == 0 ? 0 : SPAN_DOMAIN;
    for (;;) {
        uint32_t cell = search(spans, id, hash, span_place(0, domain), mask, &state);
        if (cell == SPAN_CELLS)
            return NULL;
        if (copy_of(spans, cell, state, copy))
            return &spans->span[cell];
    }
}

char *span_text(struct spans *spans, struct span *span)
{
    return spans->text[span_cell(spans, span)];
}
