#include "part.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void part_read(struct part *part, const struct summary *whole, int fd, uint64_t size, uint64_t from,
               uint64_t to)
{
    memset(part, 0, sizeof *part);
    summary_open(&part->summary);
    part->summary.is_part = true;
    part->summary.owners.sort = whole->owners.sort;
    part->summary.tree.wanted = whole->tree.wanted;
    part->summary.segments_seen.seed = whole->segments_seen.seed;
    if (!reader_open(&part->reader, &part->summary, fd, size))
        return;
    if (from != 0 && !reader_seek(&part->reader, from, to))
        return;
    part->start = part->reader.at;
    reader_read(&part->reader, to);
    segment_finish(&part->reader.segment, SEGMENT_NONE);
    part->found = part->reader.error == 0 && !part->summary.out_of_memory;
}

void part_close(struct part *part)
{
    reader_close(&part->reader);
    summary_close(&part->summary);
}

/* From numbers and places in a part to those in the whole. */
struct join {
    const struct summary *from;
    struct summary *into;
    uint32_t source;
    uint32_t *texts, *owner_texts, *threads, *processes, *nodes; /* by number; 0: 0 */
    struct task **tasks;                                         /* by row, as all below */
    struct counter **counters;
    struct series **series;
};

static bool join_open(struct join *join)
{
    const struct summary *from = join->from;
    const size_t one = 1, size = sizeof(uint32_t);
    join->texts = calloc(one + from->tasks.texts.count, size);
    join->owner_texts = calloc(one + from->owners.texts.count, size);
    join->threads = calloc(one + from->threads.count, size);
    join->processes = calloc(one + from->processes.count, size);
    join->nodes = calloc(one + from->tree.count, size);
    join->tasks = calloc(one + from->tasks.rows.count, sizeof(void *));
    join->counters = calloc(one + from->counters.rows.count, sizeof(void *));
    join->series = calloc(one + from->paces.rows.count, sizeof(void *));
    return join->texts != NULL && join->owner_texts != NULL && join->threads != NULL &&
           join->processes != NULL && join->nodes != NULL && join->tasks != NULL && join->counters != NULL &&
           join->series != NULL;
}

static void join_close(struct join *join)
{
    free(join->texts);
    free(join->owner_texts);
    free(join->threads);
    free(join->processes);
    free(join->nodes);
    free(join->tasks);
    free(join->counters);
    free(join->series);
}

/* What is certain not to reach any limit. */

static bool map_fits(const struct map *into, const struct map *from)
{
    return into->count + from->count < into->limit;
}

static bool rows_fit(const struct rows *into, const struct rows *from)
{
    bool plain = from->named == from->count && into->named == into->count;
    return plain && into->named + from->named < into->named_limit;
}

static bool texts_fit(const struct texts *into, const struct texts *from, uint32_t limit)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < from->count; i++)
        bytes += from->texts[i].length;
    return into->count + from->count < limit && bytes < into->left;
}

static bool summary_fits(const struct summary *into, const struct summary *from)
{
    return texts_fit(&into->tasks.texts, &from->tasks.texts, TASKS_LIMIT) &&
           map_fits(&into->tasks.domains, &from->tasks.domains) &&
           rows_fit(&into->tasks.rows, &from->tasks.rows) &&
           map_fits(&into->tasks.pairs, &from->tasks.pairs) &&
           rows_fit(&into->counters.rows, &from->counters.rows) &&
           map_fits(&into->counters.numbers, &from->counters.numbers) &&
           rows_fit(&into->markers.rows, &from->markers.rows) &&
           rows_fit(&into->paces.rows, &from->paces.rows) &&
           into->tree.count + from->tree.count < TREE_NODES && !from->tree.full &&
           texts_fit(&into->owners.texts, &from->owners.texts, OWNERS_TEXTS) &&
           into->crossings.count + from->crossings.count < CROSSINGS_LIMIT - 1 &&
           map_fits(&into->segments_seen, &from->segments_seen) && map_fits(&into->threads, &from->threads) &&
           map_fits(&into->processes, &from->processes) && from->crossings.forgotten == 0 &&
           from->paces.late == 0;
}

/* Histograms and series have budgets, which must suffice whatever the order. */
static bool budgets_suffice(const struct join *join)
{
    const struct tasks *tasks = &join->from->tasks;
    const struct paces *paces = &join->from->paces;
    size_t left = join->into->tasks.budget.left, need = 2 * HISTOGRAM_EXACT * sizeof(uint64_t);
    if (tasks->budget.spent || join->into->tasks.budget.spent)
        return false;
    for (uint32_t i = 0; i < tasks->rows.count && need <= left; i++)
        need += histogram_need(&join->tasks[i]->histogram, &tasks_row(tasks, i)->histogram);
    if (need > left)
        return false;
    left = join->into->paces.left;
    for (uint32_t i = 0; i < paces->rows.count; i++) {
        const struct series *series = rows_at(&paces->rows, i);
        if (series->begun || !series_fits(join->series[i], series->count, &left))
            return false;
    }
    return true;
}

/* Of a segment that is in the file twice, one counts. */
static bool segments_are_new(const struct join *join)
{
    const struct map *seen = &join->from->segments_seen;
    for (uint32_t i = 0; i < seen->capacity; i++) {
        uint64_t key = summary_segment(join->into, join->source, seen->cells[i].key);
        if (seen->cells[i].value != 0 && map_get(&join->into->segments_seen, key) != 0)
            return false;
    }
    return true;
}

/* Numbers and rows, in the order in which they came up. */

static void number_texts(uint32_t *numbers, struct texts *into, const struct texts *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        numbers[i + 1] = texts_number(into, from->texts[i], 1);
}

static bool number_owners(const struct join *join, uint32_t *numbers, struct map *into,
                          const struct map *from)
{
    uint64_t *keys = calloc((size_t)from->count + 1, sizeof *keys);
    if (keys == NULL)
        return false;
    for (uint32_t i = 0; i < from->capacity; i++)
        keys[from->cells[i].value] = from->cells[i].key;
    for (uint32_t i = 1; i <= from->count; i++)
        numbers[i] = summary_number(into, join->source, keys[i]);
    free(keys);
    return true;
}

static uint32_t owner_of(const struct join *join, uint32_t number, bool by_process)
{
    return by_process ? join->processes[number] : join->threads[number];
}

static struct row_id row_of(const struct join *join, struct row_id id)
{
    id.domain = join->texts[id.domain];
    id.name = join->texts[id.name];
    id.owner = owner_of(join, id.owner, join->from->owners.sort == OWNER_PROCESS);
    return id;
}

/* The pace that a series of the part goes to, in the whole. */
static struct pace *pace_of(const struct join *join, const struct series *series)
{
    const char *at = (const char *)series->into;
    if (series->id.kind == ITT_KIND_COUNTER)
        return &join->counters[((const struct counter *)(at - offsetof(struct counter, pace)))->id.row]->pace;
    return &join->tasks[((const struct task *)(at - offsetof(struct task, pace)))->id.row]->pace;
}

static bool make_series(struct join *join)
{
    struct pauses *pauses = join->into->sources[join->source].pauses;
    const struct rows *rows = &join->from->paces.rows;
    const bool by_process = join->from->owners.sort != OWNER_THREAD;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct series *series = rows_at(rows, i);
        struct row_id id = row_of(join, series->id);
        id.owner = owner_of(join, series->id.owner, by_process);
        join->series[i] = paces_series(&join->into->paces, id, pace_of(join, series), pauses);
        if (join->series[i] == NULL)
            return false;
    }
    return true;
}

/* Reading the part again would make the same rows, so these may stay where the rest is not joined. */
static bool make_rows(struct join *join)
{
    const struct summary *from = join->from;
    struct summary *into = join->into;
    number_texts(join->texts, &into->tasks.texts, &from->tasks.texts);
    number_texts(join->owner_texts, &into->owners.texts, &from->owners.texts);
    if (!number_owners(join, join->threads, &into->threads, &from->threads) ||
        !number_owners(join, join->processes, &into->processes, &from->processes))
        return false;
    for (uint32_t i = 0; i < from->tasks.rows.count; i++) {
        join->tasks[i] = tasks_find(&into->tasks, row_of(join, tasks_row(&from->tasks, i)->id));
        if (join->tasks[i] == NULL)
            return false;
    }
    for (uint32_t i = 0; i < from->counters.rows.count; i++) {
        const struct counter *counter = rows_at(&from->counters.rows, i);
        struct row_id id = row_of(join, counter->id);
        join->counters[i] = counters_find(&into->counters, id, join->source, counter->track);
        if (join->counters[i] == NULL)
            return false;
    }
    return make_series(join);
}

/* The sums. */

static bool join_tasks(struct join *join)
{
    const struct tasks *from = &join->from->tasks;
    struct tasks *into = &join->into->tasks;
    for (uint32_t i = 0; i < from->domains.capacity; i++) {
        uint32_t *place = from->domains.cells[i].value != 0
                              ? map_place(&into->domains, join->texts[from->domains.cells[i].key])
                              : NULL;
        if (place != NULL)
            *place = 1;
    }
    for (uint32_t i = 0; i < from->rows.count; i++) {
        const struct task *row = tasks_row(from, i);
        if (!task_join(into, join->tasks[i], row))
            return false;
    }
    for (uint32_t i = 0; i < from->pairs.capacity; i++) {
        const struct map_cell *cell = &from->pairs.cells[i];
        if (cell->value != 0)
            tasks_note_thread(into, join->tasks[cell->key >> 32], join->threads[(uint32_t)cell->key]);
    }
    return true;
}

static void join_counters(struct join *join)
{
    const struct counters *from = &join->from->counters;
    for (uint32_t i = 0; i < from->unit_count; i++)
        counters_note_unit(&join->into->counters, join->source, from->units[i].track,
                           join->texts[from->units[i].text]);
    for (uint32_t i = 0; i < from->rows.count; i++)
        counter_join(join->counters[i], rows_at(&from->rows, i));
    for (uint32_t i = 0; i < join->from->paces.rows.count; i++) {
        const struct series *series = rows_at(&join->from->paces.rows, i);
        for (uint32_t j = 0; j < series->count; j++)
            paces_add(&join->into->paces, join->series[i], series->points[j]);
    }
}

static bool join_markers(struct join *join)
{
    const struct rows *rows = &join->from->markers.rows;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct marker *marker = rows_at(rows, i);
        if (!markers_join(&join->into->markers, row_of(join, marker->id), marker))
            return false;
    }
    return true;
}

static bool join_tree(struct join *join)
{
    const struct tree *from = &join->from->tree;
    for (uint32_t i = 1; i < from->count; i++) {
        const struct node *node = &from->nodes[i];
        const struct task *task = node->task != NULL ? join->tasks[node->task->id.row] : NULL;
        if (i > 1)
            join->nodes[i] = tree_node(&join->into->tree, join->nodes[node->parent], task);
        if (i > 1 && join->nodes[i] == 0)
            return false;
        tree_join(&join->into->tree, join->nodes[i], node);
    }
    return true;
}

static struct instance instance_of(const struct join *join, struct instance instance)
{
    if (instance.task != NULL)
        instance.task = join->tasks[instance.task->id.row];
    instance.node = join->nodes[instance.node];
    return instance;
}

static bool join_crossings(struct join *join)
{
    const struct crossings *from = &join->from->crossings;
    for (uint32_t i = 0; i < from->capacity; i++) {
        struct crossing crossing = from->table[i];
        crossing.is.source = join->source;
        crossing.is.instance = instance_of(join, crossing.is.instance);
        crossing.is.outer = instance_of(join, crossing.is.outer);
        if (crossing.used && !crossings_join(&join->into->crossings, &crossing))
            return false;
    }
    return true;
}

static bool join_owners(struct join *join)
{
    const struct owners *from = &join->from->owners;
    for (uint32_t i = 1; i < from->count; i++) {
        struct owner owner = from->owners[i];
        owner.process = join->owner_texts[owner.process];
        owner.thread = join->owner_texts[owner.thread];
        if (owner.known &&
            !owners_note(&join->into->owners, owner_of(join, i, from->sort == OWNER_PROCESS), &owner))
            return false;
    }
    return true;
}

static void join_rest(struct join *join)
{
    const struct summary *from = join->from;
    struct summary *into = join->into;
    const struct source *source = from->sources;
    struct source *whole = &into->sources[join->source];
    for (uint32_t i = 0; i < from->segments_seen.capacity; i++) {
        uint64_t key = summary_segment(into, join->source, from->segments_seen.cells[i].key);
        uint32_t *place =
            from->segments_seen.cells[i].value != 0 ? map_place(&into->segments_seen, key) : NULL;
        if (place != NULL)
            *place = 1;
    }
    if (source->first < whole->first)
        whole->first = source->first;
    if (source->last > whole->last)
        whole->last = source->last;
    into->events += from->events;
    into->unmatched_ends += from->unmatched_ends;
    into->damaged += from->damaged;
    into->segments += from->segments;
    into->newer |= from->newer;
}

/* Whether it goes on where the reader is, in the same recording; that one's number. */
static bool same_place(const struct part *part, struct reader *reader, uint32_t *number)
{
    struct summary *into = reader->segment.summary;
    const struct summary *from = &part->summary;
    if (!part->found || part->start != reader->at || from->source_count != 1 || !from->sources->has_head ||
        part->reader.base != 0 || from->sources->pauses->begins + from->sources->pauses->ends != 0 ||
        !summary_fits(into, from))
        return false;
    if (part->start == 0) {
        *number = summary_source(into, &from->sources->head);
        return !into->out_of_memory && *number < SUMMARY_SOURCES - 1;
    }
    *number = reader->segment.source;
    return reader->has_source && reader->base == 0 && into->sources[*number].has_head &&
           memcmp(into->sources[*number].head.uuid, from->sources->head.uuid,
                  sizeof from->sources->head.uuid) == 0;
}

static void go_on(struct reader *reader, const struct part *part, uint32_t source)
{
    if (part->start == 0)
        reader->missing = part->reader.missing;
    reader->segment.source = source;
    reader->has_source = true;
    reader->ours = true;
    reader->astray = part->reader.astray;
    reader->at = part->reader.at;
}

bool part_join(struct part *part, struct reader *reader)
{
    struct join join = {.from = &part->summary, .into = reader->segment.summary};
    bool joined = false;
    segment_finish(&reader->segment, SEGMENT_NONE);
    if (!same_place(part, reader, &join.source))
        return false;
    if (join_open(&join) && segments_are_new(&join) && make_rows(&join) && budgets_suffice(&join)) {
        join_rest(&join);
        joined = true;
        if (!join_tasks(&join) || !join_markers(&join) || !join_tree(&join) || !join_crossings(&join) ||
            !join_owners(&join))
            join.into->out_of_memory = true;
        join_counters(&join);
        go_on(reader, part, join.source);
    }
    join_close(&join);
    return joined;
}
