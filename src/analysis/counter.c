#include "counter.h"
#include <string.h>

void counters_open(struct counters *counters)
{
    memset(counters, 0, sizeof *counters);
    rows_open(&counters->rows, sizeof(struct counter), COUNTERS_LIMIT, COUNTERS_OTHERS);
    map_open(&counters->units, COUNTERS_TRACKS);
}

void counters_close(struct counters *counters)
{
    rows_close(&counters->rows);
    map_close(&counters->units);
}

static uint64_t unit_key(const struct counters *counters, uint32_t source, uint64_t track)
{
    return map_mix(map_mix(counters->units.seed, track), source);
}

void counters_note_unit(struct counters *counters, uint32_t source, uint64_t track, uint32_t unit)
{
    uint32_t *place = unit != 0 ? map_place(&counters->units, unit_key(counters, source, track)) : NULL;
    if (place != NULL)
        *place = unit;
}

uint32_t counters_unit(const struct counters *counters, const struct counter *counter)
{
    return map_get(&counters->units, unit_key(counters, counter->source, counter->track));
}

struct counter *counters_find(struct counters *counters, struct row_id id, uint32_t source, uint64_t track)
{
    struct counter *counter = rows_need(&counters->rows, id);
    if (counter != NULL) {
        counter->source = source;
        counter->track = track;
    }
    return counter;
}

/* Integers are compared as such: a double has not all of their digits. */
static bool number_less(const struct number *a, const struct number *b)
{
    return a->real || b->real ? a->value < b->value : a->integer < b->integer;
}

void counter_add(struct counter *counter, uint64_t now, struct number number)
{
    bool first = counter->count++ == 0;
    if (first || number_less(&number, &counter->min))
        counter->min = number;
    if (first || number_less(&counter->max, &number))
        counter->max = number;
    if (first || now >= counter->last_time) {
        counter->last = number;
        counter->last_time = now;
    }
    counter->sum += number.value;
}

double counter_mean(const struct counter *counter)
{
    const struct pace *pace = &counter->pace;
    double time = pace->mean * (double)pace->steps;
    return time > 0 ? pace->weighted / time : counter->sum / (double)counter->count;
}
