/*
 * How long a task took, all its instances: exact while they are few, then counts in buckets that are 1/128 of a power
 * of two wide (0.4 % from their middle), a page for each power of two that occurs.
 */
#ifndef ITT_ANALYSIS_HISTOGRAM_H
#define ITT_ANALYSIS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_EXACT  256u /* values kept as they are */
#define HISTOGRAM_BITS   7u
#define HISTOGRAM_BUCKET (1u << HISTOGRAM_BITS)
#define HISTOGRAM_PAGES  (64u - HISTOGRAM_BITS + 1u)

struct histogram_pages {
    uint64_t *page[HISTOGRAM_PAGES];
    uint64_t rough[HISTOGRAM_PAGES]; /* values for which the budget had no page left */
};

struct histogram {
    struct histogram_pages *pages; /* NULL while exact */
    uint64_t *values;
    uint32_t count; /* of values */
    uint32_t capacity;
};

/* Bytes that all histograms of a summary may still take. */
struct histogram_budget {
    size_t left;
    bool spent; /* some quantile is rough */
};

/* Page 0 holds the values below 128 themselves, page k those of 128 * 2^(k-1) up to twice that. */
static inline unsigned histogram_page(uint64_t value)
{
    return 64u - HISTOGRAM_BITS - (unsigned)__builtin_clzll(value | (HISTOGRAM_BUCKET - 1));
}

static inline unsigned histogram_bucket(uint64_t value, unsigned page)
{
    return (unsigned)(value >> (page > 0 ? page - 1 : 0)) & (HISTOGRAM_BUCKET - 1);
}

/* The rest of histogram_add(). False when memory is out. */
bool histogram_add_slow(struct histogram *histogram, struct histogram_budget *budget, uint64_t value);

static inline bool histogram_add(struct histogram *histogram, struct histogram_budget *budget, uint64_t value)
{
    if (__builtin_expect(histogram->pages != NULL, 1)) {
        unsigned page = histogram_page(value);
        uint64_t *buckets = histogram->pages->page[page];
        if (__builtin_expect(buckets != NULL, 1)) {
            buckets[histogram_bucket(value, page)]++;
            return true;
        }
    }
    return histogram_add_slow(histogram, budget, value);
}

/* All values of another one. False when memory is out. */
bool histogram_join(struct histogram *histogram, struct histogram_budget *budget,
                    const struct histogram *other);

/* Bytes that this takes at most. */
size_t histogram_need(const struct histogram *histogram, const struct histogram *other);

/* The values of the given ranks (from 1, ascending), `count` of them. Sorts what is kept exactly. */
void histogram_ranks(struct histogram *histogram, const uint64_t *ranks, uint64_t *values, int count);

void histogram_close(struct histogram *histogram);

#endif
