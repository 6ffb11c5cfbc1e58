#include "pace.h"
#include <stdlib.h>
#include <string.h>

void paces_open(struct paces *paces)
{
    memset(paces, 0, sizeof *paces);
    rows_open(&paces->rows, sizeof(struct series), PACE_SERIES, PACE_SERIES);
    paces->left = PACE_BUDGET;
}

void paces_close(struct paces *paces)
{
    for (uint32_t i = 0; i < paces->rows.count; i++)
        free(((struct series *)rows_at(&paces->rows, i))->points);
    rows_close(&paces->rows);
}

struct series *paces_series(struct paces *paces, struct row_id id, struct pace *into, struct pauses *pauses)
{
    struct series *series = rows_need(&paces->rows, id);
    if (series == NULL || series->id.name != id.name || series->id.owner != id.owner)
        return NULL;
    if (series->into == NULL) {
        series->into = into;
        series->pauses = pauses;
    }
    return series;
}

static int compare_points(const void *a, const void *b)
{
    uint64_t x = ((const struct point *)a)->time, y = ((const struct point *)b)->time;
    return (x > y) - (x < y);
}

static void series_step(struct series *series, struct point point)
{
    struct pace *pace = &series->pace;
    struct point last = series->last;
    bool begun = series->begun;
    series->last = point;
    series->begun = true;
    if (!begun || pauses_within(series->pauses, last.time, point.time))
        return;
    double step = (double)(point.time - last.time), off = step - pace->mean;
    pace->steps++;
    pace->mean += off / (double)pace->steps;
    pace->squares += off * (step - pace->mean);
    pace->weighted += last.value * step;
}

/* Takes the first `count` of the points, in order of time. */
static void series_take(struct paces *paces, struct series *series, uint32_t count)
{
    if (series->unsorted)
        qsort(series->points, series->count, sizeof *series->points, compare_points);
    series->unsorted = false;
    for (uint32_t i = 0; i < count; i++) {
        if (series->begun && series->points[i].time < series->last.time)
            paces->late++;
        else
            series_step(series, series->points[i]);
    }
    series->count -= count;
    memmove(series->points, series->points + count, series->count * sizeof *series->points);
}

static bool series_grow(struct paces *paces, struct series *series)
{
    uint32_t capacity = series->capacity != 0 ? series->capacity * 2 : PACE_GRANTED;
    size_t more = (capacity - series->capacity) * sizeof *series->points;
    bool granted = capacity <= PACE_GRANTED;
    if (capacity > PACE_POINTS || (!granted && more > paces->left))
        return false;
    struct point *grown = realloc(series->points, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    if (!granted)
        paces->left -= more;
    series->points = grown;
    series->capacity = capacity;
    return true;
}

bool series_fits(const struct series *series, uint32_t points, size_t *budget)
{
    uint64_t capacity = series->capacity;
    while (capacity < (uint64_t)series->count + points && capacity < PACE_POINTS)
        capacity = capacity != 0 ? capacity * 2 : PACE_GRANTED;
    size_t more = (capacity - series->capacity) * sizeof *series->points;
    if (more > *budget)
        return false;
    *budget -= more;
    return true;
}

void paces_add(struct paces *paces, struct series *series, struct point point)
{
    if (series != NULL)
        series->pace.sum += point.value;
    if (series == NULL || (series->capacity == 0 && !series_grow(paces, series))) {
        paces->late++;
        return;
    }
    if (series->count == series->capacity && !series_grow(paces, series))
        series_take(paces, series, series->count / 2);
    if (series->count > 0 && point.time < series->points[series->count - 1].time)
        series->unsorted = true;
    series->points[series->count++] = point;
}

static void pace_merge(struct pace *into, const struct pace *from)
{
    uint64_t steps = into->steps + from->steps;
    into->sum += from->sum;
    if (from->steps == 0)
        return;
    double share = (double)from->steps / (double)steps, off = from->mean - into->mean;
    into->squares += from->squares + off * off * share * (double)into->steps;
    into->mean += off * share;
    into->steps = steps;
    into->weighted += from->weighted;
}

void paces_finish(struct paces *paces)
{
    for (uint32_t i = 0; i < paces->rows.count; i++) {
        struct series *series = rows_at(&paces->rows, i);
        series_take(paces, series, series->count);
        if (series->into != NULL)
            pace_merge(series->into, &series->pace);
        series->pace = (struct pace){0};
    }
}
