#include "summary.h"
#include <stdlib.h>
#include <string.h>

void summary_open(struct summary *summary)
{
    memset(summary, 0, sizeof *summary);
    tasks_open(&summary->tasks);
    counters_open(&summary->counters);
    markers_open(&summary->markers);
    paces_open(&summary->paces);
    tree_open(&summary->tree);
    owners_open(&summary->owners);
    crossings_open(&summary->crossings);
    map_open(&summary->segments_seen, SUMMARY_SEGMENTS);
    map_open(&summary->threads, SUMMARY_THREADS);
    map_open(&summary->processes, SUMMARY_THREADS);
}

void summary_close(struct summary *summary)
{
    tasks_close(&summary->tasks);
    counters_close(&summary->counters);
    markers_close(&summary->markers);
    paces_close(&summary->paces);
    tree_close(&summary->tree);
    owners_close(&summary->owners);
    for (uint32_t i = 0; i < summary->source_count; i++) {
        pauses_close(summary->sources[i].pauses);
        free(summary->sources[i].pauses);
    }
    crossings_close(&summary->crossings);
    map_close(&summary->segments_seen);
    map_close(&summary->threads);
    map_close(&summary->processes);
    free(summary->sources);
}

/* A file given twice, or a copy made during the run, is one recording: its segments count once. */
static uint32_t source_known(const struct summary *summary, const struct recording_head *head)
{
    for (uint32_t i = 0; head != NULL && i < summary->source_count; i++) {
        const struct source *source = &summary->sources[i];
        if (source->has_head && memcmp(source->head.uuid, head->uuid, sizeof head->uuid) == 0)
            return i;
    }
    return summary->source_count;
}

/* What a recording counts only goes up: of two heads of one recording, that with the greater sum is the newer. */
static uint64_t age(const struct recording_head *head)
{
    return head->ring_next + head->processes + head->threads + head->lost_nested + head->lost_space +
           head->lost_depth + head->unmatched_ends + head->paused_begins + head->failed_joins +
           head->accepted;
}

uint32_t summary_source(struct summary *summary, const struct recording_head *head)
{
    uint32_t number = source_known(summary, head);
    if (number == SUMMARY_SOURCES)
        return number - 1;
    if (number == summary->source_capacity) {
        uint32_t capacity = number != 0 ? number * 2 : 4;
        struct source *grown = realloc(summary->sources, capacity * sizeof *grown);
        if (grown == NULL) {
            summary->out_of_memory = true;
            return number - (number != 0);
        }
        summary->sources = grown;
        summary->source_capacity = capacity;
    }
    struct source *source = &summary->sources[number];
    if (number == summary->source_count) {
        struct pauses *pauses = calloc(1, sizeof *pauses);
        if (pauses == NULL) {
            summary->out_of_memory = true;
            return number - (number != 0);
        }
        summary->source_count++;
        memset(source, 0, sizeof *source);
        source->first = UINT64_MAX;
        source->pauses = pauses;
    }
    if (head != NULL && (!source->has_head || age(head) >= age(&source->head))) {
        source->has_head = true;
        memcpy(&source->head, head, sizeof *head);
    }
    return number;
}

uint64_t summary_segment(const struct summary *summary, uint32_t source, uint64_t key)
{
    return summary->is_part ? key : map_mix(key, source);
}

bool summary_new_segment(struct summary *summary, uint32_t source, uint64_t sequence, uint64_t start)
{
    struct map *map = &summary->segments_seen;
    uint64_t key = map_mix(map_mix(map->seed, sequence), start);
    uint32_t *place = map_place(map, summary_segment(summary, source, key));
    if (place == NULL)
        return true;
    bool known = *place != 0;
    *place = 1;
    return !known;
}

uint32_t summary_number(struct map *map, uint32_t source, uint64_t key)
{
    uint32_t *place = map_place(map, (uint64_t)source << 40 | key);
    if (place == NULL)
        return map->limit + 1;
    if (*place == 0)
        *place = map->count;
    return *place;
}

void summary_finish(struct summary *summary)
{
    crossings_resolve(&summary->crossings, &summary->tree);
    paces_finish(&summary->paces);
}

uint64_t summary_lost(const struct summary *summary)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < summary->source_count; i++) {
        const struct recording_head *head = &summary->sources[i].head;
        sum += head->lost_nested + head->lost_space + head->lost_depth;
    }
    return sum;
}

uint64_t summary_count_open(const struct summary *summary)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < summary->tasks.rows.count; i++) {
        int64_t open = tasks_row(&summary->tasks, i)->open;
        sum += open > 0 ? (uint64_t)open : 0;
    }
    return sum;
}

uint64_t source_shift(const struct source *source)
{
    return source->head.start_realtime - source->head.start_boottime;
}

uint64_t summary_duration(const struct summary *summary)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < summary->source_count; i++) {
        const struct source *one = &summary->sources[i];
        uint64_t first = one->first, last = one->last;
        bool counted = first > last;
        for (uint32_t j = 0; j < summary->source_count && one->has_head && !counted; j++) {
            const struct source *other = &summary->sources[j];
            if (j == i || !other->has_head || one->head.run == 0 || other->head.run != one->head.run ||
                other->first > other->last)
                continue;
            if (j < i)
                counted = true;
            uint64_t shift = source_shift(other) - source_shift(one);
            if ((int64_t)(other->first + shift - first) < 0)
                first = other->first + shift;
            if ((int64_t)(other->last + shift - last) > 0)
                last = other->last + shift;
        }
        if (!counted)
            sum += last - first;
    }
    return sum;
}
