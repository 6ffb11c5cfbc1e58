#include "histogram.h"
#include <stdlib.h>
#include <string.h>

static void *budget_take(struct histogram_budget *budget, size_t size)
{
    if (size > budget->left) {
        budget->spent = true;
        return NULL;
    }
    void *memory = calloc(1, size);
    if (memory != NULL)
        budget->left -= size;
    return memory;
}

static void histogram_count(struct histogram *histogram, struct histogram_budget *budget, uint64_t value)
{
    unsigned page = histogram_page(value);
    uint64_t **buckets = &histogram->pages->page[page];
    if (*buckets == NULL)
        *buckets = budget_take(budget, HISTOGRAM_BUCKET * sizeof **buckets);
    if (*buckets != NULL)
        (*buckets)[histogram_bucket(value, page)]++;
    else
        histogram->pages->rough[page]++;
}

/* From values to counts. */
static bool histogram_convert(struct histogram *histogram, struct histogram_budget *budget)
{
    histogram->pages = calloc(1, sizeof *histogram->pages);
    if (histogram->pages == NULL)
        return false;
    for (uint32_t i = 0; i < histogram->count; i++)
        histogram_count(histogram, budget, histogram->values[i]);
    free(histogram->values);
    budget->left += histogram->capacity * sizeof *histogram->values;
    histogram->values = NULL;
    histogram->count = histogram->capacity = 0;
    return true;
}

static bool histogram_grow(struct histogram *histogram, struct histogram_budget *budget)
{
    uint32_t capacity = histogram->capacity != 0 ? histogram->capacity * 2 : 4;
    if (capacity > HISTOGRAM_EXACT)
        return false;
    uint64_t *values = budget_take(budget, capacity * sizeof *values);
    if (values == NULL)
        return false;
    if (histogram->count > 0)
        memcpy(values, histogram->values, histogram->count * sizeof *values);
    free(histogram->values);
    budget->left += histogram->capacity * sizeof *values;
    histogram->values = values;
    histogram->capacity = capacity;
    return true;
}

bool histogram_add_slow(struct histogram *histogram, struct histogram_budget *budget, uint64_t value)
{
    if (histogram->pages == NULL) {
        if (histogram->count < histogram->capacity || histogram_grow(histogram, budget)) {
            histogram->values[histogram->count++] = value;
            return true;
        }
        if (!histogram_convert(histogram, budget))
            return false;
    }
    histogram_count(histogram, budget, value);
    return true;
}

bool histogram_join(struct histogram *histogram, struct histogram_budget *budget,
                    const struct histogram *other)
{
    for (uint32_t i = 0; i < other->count; i++) {
        if (!histogram_add(histogram, budget, other->values[i]))
            return false;
    }
    if (other->pages == NULL)
        return true;
    if (histogram->pages == NULL && !histogram_convert(histogram, budget))
        return false;
    for (unsigned page = 0; page < HISTOGRAM_PAGES; page++) {
        const uint64_t *from = other->pages->page[page];
        uint64_t **into = &histogram->pages->page[page];
        if (from != NULL && *into == NULL)
            *into = budget_take(budget, HISTOGRAM_BUCKET * sizeof **into);
        for (unsigned i = 0; from != NULL && i < HISTOGRAM_BUCKET; i++)
            *(*into != NULL ? &(*into)[i] : &histogram->pages->rough[page]) += from[i];
        histogram->pages->rough[page] += other->pages->rough[page];
    }
    return true;
}

/* A bit for each page that its values have, or would have. */
static uint64_t pages_of(const struct histogram *histogram)
{
    uint64_t pages = 0;
    for (uint32_t i = 0; i < histogram->count; i++)
        pages |= (uint64_t)1 << histogram_page(histogram->values[i]);
    for (unsigned page = 0; histogram->pages != NULL && page < HISTOGRAM_PAGES; page++)
        pages |= (uint64_t)(histogram->pages->page[page] != NULL) << page;
    return pages;
}

size_t histogram_need(const struct histogram *histogram, const struct histogram *other)
{
    const uint32_t count = histogram->count + other->count;
    const bool exact = histogram->pages == NULL && other->pages == NULL && count <= HISTOGRAM_EXACT;
    if (exact)
        return count <= histogram->capacity ? 0 : 2 * (size_t)count * sizeof *histogram->values;
    uint64_t new_pages = pages_of(other) | pages_of(histogram);
    if (histogram->pages != NULL)
        new_pages &= ~pages_of(histogram);
    /* Its values are given back only when it has its pages. */
    return (size_t)__builtin_popcountll(new_pages) * HISTOGRAM_BUCKET * sizeof(uint64_t) +
           HISTOGRAM_EXACT * sizeof *histogram->values;
}

static int compare_values(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The middle of a bucket. */
static uint64_t bucket_value(unsigned page, unsigned bucket)
{
    if (page == 0)
        return bucket;
    uint64_t low = (uint64_t)(HISTOGRAM_BUCKET + bucket) << (page - 1);
    return low + (((uint64_t)1 << (page - 1)) - 1) / 2;
}

/* A value of which only the power of two is known: as if they all were spread evenly over it. */
static uint64_t rough_value(unsigned page, uint64_t rank, uint64_t count)
{
    uint64_t low = page > 0 ? (uint64_t)HISTOGRAM_BUCKET << (page - 1) : 0;
    uint64_t width = page > 0 ? low : HISTOGRAM_BUCKET;
    return low + (uint64_t)((double)(width - 1) * ((double)rank / (double)count));
}

/* Where the search for a rank stands; it goes on from there for the next one, which is not lower. */
struct place {
    uint64_t before; /* values in the pages below */
    unsigned page;
};

static uint64_t page_count(const struct histogram_pages *pages, unsigned page)
{
    uint64_t sum = pages->rough[page];
    for (unsigned i = 0; pages->page[page] != NULL && i < HISTOGRAM_BUCKET; i++)
        sum += pages->page[page][i];
    return sum;
}

static uint64_t pages_rank(const struct histogram_pages *pages, struct place *place, uint64_t rank)
{
    for (; place->page < HISTOGRAM_PAGES; place->page++) {
        uint64_t here = page_count(pages, place->page);
        if (place->before + here >= rank)
            break;
        place->before += here;
    }
    if (place->page == HISTOGRAM_PAGES)
        return UINT64_MAX;
    uint64_t left = rank - place->before;
    const uint64_t *buckets = pages->page[place->page];
    if (pages->rough[place->page] != 0)
        return rough_value(place->page, left, page_count(pages, place->page));
    for (unsigned i = 0; buckets != NULL && i < HISTOGRAM_BUCKET; i++) {
        if (left <= buckets[i])
            return bucket_value(place->page, i);
        left -= buckets[i];
    }
    return 0;
}

void histogram_ranks(struct histogram *histogram, const uint64_t *ranks, uint64_t *values, int count)
{
    struct place place = {0, 0};
    if (histogram->count > 0)
        qsort(histogram->values, histogram->count, sizeof *histogram->values, compare_values);
    for (int i = 0; i < count; i++) {
        if (histogram->pages != NULL)
            values[i] = pages_rank(histogram->pages, &place, ranks[i]);
        else
            values[i] = ranks[i] - 1 < histogram->count ? histogram->values[ranks[i] - 1] : 0;
    }
}

void histogram_close(struct histogram *histogram)
{
    for (unsigned i = 0; histogram->pages != NULL && i < HISTOGRAM_PAGES; i++)
        free(histogram->pages->page[i]);
    free(histogram->pages);
    free(histogram->values);
    memset(histogram, 0, sizeof *histogram);
}
