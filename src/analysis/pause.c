#include "pause.h"
#include <stdlib.h>

void pauses_close(struct pauses *pauses)
{
    free(pauses->at);
}

/* Nobody pauses thousands of times: of further ones only the time counts. */
static bool pauses_room(struct pauses *pauses)
{
    if (pauses->count < pauses->capacity)
        return true;
    uint32_t capacity = pauses->capacity != 0 ? pauses->capacity * 2 : 16;
    uint64_t *grown = capacity <= PAUSES_KEPT ? realloc(pauses->at, capacity * sizeof *grown) : NULL;
    if (grown == NULL)
        return false;
    pauses->at = grown;
    pauses->capacity = capacity;
    return true;
}

void pauses_begin(struct pauses *pauses, uint64_t now)
{
    pauses->begins++;
    pauses->time -= now;
    if (pauses_room(pauses))
        pauses->at[pauses->count++] = now;
}

void pauses_end(struct pauses *pauses, uint64_t now)
{
    pauses->ends++;
    pauses->time += now;
}

uint64_t pauses_time(const struct pauses *pauses, uint64_t last)
{
    if (pauses->begins == pauses->ends)
        return pauses->time;
    if (pauses->begins == pauses->ends + 1 && (int64_t)(pauses->time + last) > 0)
        return pauses->time + last;
    return 0;
}

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

bool pauses_within(struct pauses *pauses, uint64_t first, uint64_t last)
{
    if (pauses->count == 0)
        return false;
    if (pauses->sorted != pauses->count)
        qsort(pauses->at, pauses->count, sizeof *pauses->at, compare_times);
    pauses->sorted = pauses->count;
    uint32_t low = 0, high = pauses->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (pauses->at[middle] < first)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pauses->count && pauses->at[low] <= last;
}
