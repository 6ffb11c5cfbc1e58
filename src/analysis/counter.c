#include "counter.h"
#include <stdlib.h>
#include <string.h>

void counters_open(struct counters *counters)
{
    memset(counters, 0, sizeof *counters);
    rows_open(&counters->rows, sizeof(struct counter), COUNTERS_LIMIT, COUNTERS_OTHERS);
    map_open(&counters->numbers, COUNTERS_TRACKS);
}

void counters_close(struct counters *counters)
{
    rows_close(&counters->rows);
    map_close(&counters->numbers);
    free(counters->units);
}

static uint64_t unit_key(const struct counters *counters, uint32_t source, uint64_t track)
{
    return map_mix(map_mix(counters->numbers.seed, track), source);
}

/* Its number from 1 on; 0: no room. */
static uint32_t unit_new(struct counters *counters, uint64_t key, struct unit unit)
{
    if (counters->unit_count == counters->unit_capacity) {
        uint32_t capacity = counters->unit_capacity != 0 ? counters->unit_capacity * 2 : 16;
        struct unit *grown = realloc(counters->units, capacity * sizeof *grown);
        if (grown == NULL)
            return 0;
        counters->units = grown;
        counters->unit_capacity = capacity;
    }
    uint32_t *place = map_place(&counters->numbers, key);
    if (place == NULL)
        return 0;
    counters->units[counters->unit_count] = unit;
    return *place = ++counters->unit_count;
}

void counters_note_unit(struct counters *counters, uint32_t source, uint64_t track, uint32_t unit)
{
    uint64_t key = unit_key(counters, source, track);
    uint32_t number = unit != 0 ? map_get(&counters->numbers, key) : 0;
    if (number == 0 && unit != 0)
        number = unit_new(counters, key, (struct unit){.track = track, .source = source});
    if (number != 0)
        counters->units[number - 1].text = unit;
}

uint32_t counters_unit(const struct counters *counters, const struct counter *counter)
{
    uint32_t number = map_get(&counters->numbers, unit_key(counters, counter->source, counter->track));
    return number != 0 ? counters->units[number - 1].text : 0;
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

/* A long double has all digits of both kinds. */
static long double exact(const struct number *number)
{
    return number->real ? (long double)number->value : (long double)number->integer;
}

static bool number_less(const struct number *a, const struct number *b)
{
    return exact(a) < exact(b);
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
}

void counter_join(struct counter *counter, const struct counter *later)
{
    if (later->count == 0)
        return;
    bool first = counter->count == 0;
    counter->count += later->count;
    if (first || number_less(&later->min, &counter->min))
        counter->min = later->min;
    if (first || number_less(&counter->max, &later->max))
        counter->max = later->max;
    if (first || later->last_time >= counter->last_time) {
        counter->last = later->last;
        counter->last_time = later->last_time;
    }
}

double counter_mean(const struct counter *counter)
{
    const struct pace *pace = &counter->pace;
    double time = pace->mean * (double)pace->steps;
    return time > 0 ? pace->weighted / time : pace->sum / (double)counter->count;
}
