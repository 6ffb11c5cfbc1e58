/*
 * The hot paths: short packets of the segment that is under way, for a thread that is busy, where nothing is unusual.
 *
 *   0A [size] 40 [delta2] 50 [sequence2] | ... | cover
 *   ^ stored last                                ^ stored before
 */
#ifndef ITT_COLLECTOR_QUICK_H
#define ITT_COLLECTOR_QUICK_H

#include "claim.h"
#include "slice.h"
#include "wire.h"
#include <string.h>

#define QUICK_DELTA      (1u << 14) /* ns that two bytes of varint hold */
#define QUICK_BEGIN_SIZE 16u        /* of a task's begin: see task.c */

static inline void quick_put(uint8_t *at, uint64_t bytes)
{
    memcpy(at, &bytes, 8);
}

/* F9 02 [flow8]: the position behind. */
#define QUICK_FLOW_SIZE 10u

static inline uint8_t *quick_put_flow(uint8_t *at, uint64_t flow)
{
    at[0] = 0xF9;
    at[1] = 0x02;
    quick_put(at + 2, flow);
    return at + QUICK_FLOW_SIZE;
}

/* Whether a packet of this size fits, at the thread's time. */
static inline bool quick_fits(const struct writer *w, uint64_t ticks, size_t size, uint64_t *now)
{
    *now = clock_time(&w->clock, ticks);
    return *now - w->last < QUICK_DELTA && clock_in_span(&w->clock, ticks) && writer_has_fast_room(w, size);
}

static inline bool quick_is_recording(const struct writer *w)
{
    return atomic_load_explicit(&w->head->state, memory_order_relaxed) == 0;
}

/* Whether it can be written. */
static inline bool quick_is_possible(const struct writer *w, uint64_t ticks, size_t size, uint64_t *now)
{
    return quick_fits(w, ticks, size, now) && quick_is_recording(w);
}

/* Whether the segment knows these (a domain that lies apart counts as unknown). */
static inline bool quick_knows(const struct writer *w, uint32_t domain, uint32_t name)
{
    return (domain | name) < WRITER_FAST_IIDS && w->domain_forms[domain] != 0 && w->name_forms[name] != 0;
}

/* Commits a packet at w->at that is complete but for its first 8 bytes, `form` without the time: see writer.begin_form. */
static inline void quick_commit(struct writer *w, size_t size, uint64_t form, uint64_t now)
{
    uint8_t *at = w->at;
    uint64_t delta = now - w->last, cover = wire_cover_less(w->cover, (uint32_t)size);
    quick_put(at + size, cover);
    claim_store(at, form + ((delta + (delta & ~(uint64_t)0x7f)) << 24));
    w->cover = cover;
    w->at = at + size;
    w->last = now;
}

/*
 * The same for times and names that are too large for that: the time has three bytes, so that the packet's ninth is the sequence
 * id's second one.
 */
#define QUICK_WIDE_DELTA (1u << 21)
#define QUICK_WIDE_IIDS  (1u << 14)

/* Whether the segment knows these, and a wide packet can name them. */
static inline bool quick_knows_wide(const struct writer *w, uint32_t domain, uint32_t name)
{
    return domain - 1 < QUICK_WIDE_IIDS - 1 && name - 1 < QUICK_WIDE_IIDS - 1 &&
           bits_get(&w->domains_told, domain) && bits_get(&w->names_told, name);
}

static inline uint64_t quick_wide_iid(uint32_t iid)
{
    return (iid & 0x7f) | 0x80 | (uint64_t)(iid >> 7) << 8;
}

static inline bool quick_is_possible_wide(const struct writer *w, uint64_t ticks, size_t size, uint64_t *now)
{
    *now = clock_time(&w->clock, ticks);
    return writer_has_fast_room(w, size) && *now - w->last < QUICK_WIDE_DELTA &&
           clock_in_span(&w->clock, ticks) && quick_is_recording(w);
}

static inline void quick_commit_wide(struct writer *w, size_t size, uint64_t now)
{
    uint8_t *at = w->at;
    at[8] = (uint8_t)(w->begin_form >> 56);
    w->cover = wire_cover_less(w->cover, (uint32_t)size);
    quick_put(at + size, w->cover);
    claim_store(at, 0x0A | (uint64_t)(size - 2) << 8 | 0x40 << 16 |
                        (uint64_t)wire_padded3((uint32_t)(now - w->last)) << 24 | (uint64_t)0x50 << 48 |
                        (w->begin_form << 8 & (uint64_t)0xff << 56));
    w->at = at + size;
    w->last = now;
}

/* The first 8 bytes of a packet of this size. */
static inline uint64_t quick_form(const struct writer *w, size_t size)
{
    return w->begin_form + ((uint64_t)(size - QUICK_BEGIN_SIZE) << 8);
}

/* Slices on lanes. Both change nothing where they cannot do it all. */

/* `has_flow`: its id is one that others may name. False: slice_begin() is needed. */
bool quick_begin(struct writer *w, const struct span_key *key, uint32_t group, uint32_t name, bool has_flow);

/* Ends a claimed span now. False: slice_end() is needed. */
bool quick_end(struct writer *w, struct span *span, uint64_t ticks);

#endif
