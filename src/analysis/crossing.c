#include "crossing.h"
#include <stdlib.h>
#include <string.h>

#define CROSSINGS_FIRST 256u
#define CROSSINGS_TRIM  (CROSSINGS_LIMIT / 8)
#define OUTWARDS_MAX    64u

void crossings_open(struct crossings *crossings)
{
    memset(crossings, 0, sizeof *crossings);
    crossings->seed = map_seed();
    crossings->trim = CROSSINGS_TRIM;
}

void crossings_close(struct crossings *crossings)
{
    free(crossings->table);
    memset(crossings, 0, sizeof *crossings);
}

static bool instance_same(const struct instance *a, const struct instance *b)
{
    return a->task == b->task && a->begin == b->begin && a->ordinal == b->ordinal;
}

static struct crossing *crossing_cell(const struct crossings *all, const struct crossing_note *note)
{
    const struct instance *instance = &note->instance;
    uint64_t hash = map_mix(map_mix(all->seed, note->group), note->source);
    hash = map_mix(hash, instance->begin);
    hash = map_mix(hash, (uintptr_t)instance->task + instance->ordinal);
    uint32_t mask = all->capacity - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        struct crossing *cell = &all->table[i];
        if (!cell->used || (cell->is.group == note->group && cell->is.source == note->source &&
                            instance_same(&cell->is.instance, instance)))
            return cell;
    }
}

/* Every segment that knew of it seems to be read, as far as counting tells. */
static bool crossing_seems_done(const struct crossing *crossing)
{
    return crossing->is.ended && crossing->in == crossing->out;
}

/* Into a table of so many cells; what seems done may stay behind. */
static bool crossings_rebuild(struct crossings *crossings, uint32_t capacity, bool drop)
{
    struct crossings old = *crossings;
    struct crossing *table = calloc(capacity, sizeof *table);
    if (table == NULL)
        return false;
    crossings->table = table;
    crossings->capacity = capacity;
    crossings->count = 0;
    for (uint32_t i = 0; i < old.capacity; i++) {
        const struct crossing *cell = &old.table[i];
        if (!cell->used || (drop && crossing_seems_done(cell)))
            continue;
        *crossing_cell(crossings, &cell->is) = *cell;
        crossings->count++;
    }
    free(old.table);
    return true;
}

void crossings_trim(struct crossings *crossings)
{
    uint32_t done = 0;
    if (crossings->count < crossings->trim)
        return;
    for (uint32_t i = 0; i < crossings->capacity; i++)
        done += crossings->table[i].used && crossing_seems_done(&crossings->table[i]);
    if (done >= crossings->count / 2)
        crossings_rebuild(crossings, crossings->capacity, true);
    crossings->trim = crossings->count * 2 > CROSSINGS_TRIM ? crossings->count * 2 : CROSSINGS_TRIM;
}

bool crossings_join(struct crossings *crossings, const struct crossing *notes)
{
    uint32_t capacity = crossings->capacity != 0 ? crossings->capacity * 2 : CROSSINGS_FIRST;
    if ((crossings->count + 1) * 2 > crossings->capacity && capacity <= 2 * CROSSINGS_LIMIT &&
        !crossings_rebuild(crossings, capacity, false))
        return false;
    struct crossing *cell = crossing_cell(crossings, &notes->is);
    if (!cell->used) {
        if ((crossings->count + 1) * 2 > crossings->capacity) {
            crossings->forgotten++;
            return true;
        }
        crossings->count++;
        *cell = *notes;
        cell->used = true;
        return true;
    }
    cell->is.children += notes->is.children;
    cell->is.ended |= notes->is.ended;
    cell->is.ghost &= notes->is.ghost;
    if (notes->is.moved) {
        cell->is.moved = true;
        cell->is.outer = notes->is.outer;
    }
    cell->in += notes->in;
    cell->out += notes->out;
    return true;
}

bool crossings_note(struct crossings *crossings, const struct crossing_note *note)
{
    struct crossing one = {.is = *note, .in = note->came_in, .out = note->goes_out};
    return crossings_join(crossings, &one);
}

/* It is not where its first begin was: it went to another track, or what it became is not in the file. */
static bool crossing_left(const struct crossing *crossing)
{
    return crossing->is.moved || (crossing->is.ghost && !crossing->is.ended);
}

static void charge(struct tree *tree, const struct instance *instance, uint64_t time)
{
    instance->task->children += time;
    tree_charge(tree, instance->node, time);
}

/*
 * What was inside a task that went away is inside the task around it there, whose end was the reason; that one may have
 * gone away itself, later.
 */
static void hand_outwards(struct crossings *crossings, struct tree *tree, const struct crossing *left)
{
    const struct instance *outer = &left->is.outer;
    struct crossing_note wanted = left->is;
    struct crossing *cell = NULL;
    charge(tree, &left->is.instance, -left->is.children);
    for (unsigned i = 0; i < OUTWARDS_MAX && outer->task != NULL; i++) {
        wanted.instance = *outer;
        cell = crossing_cell(crossings, &wanted);
        if (!cell->used || !crossing_left(cell))
            break;
        outer = &cell->is.outer;
    }
    if (outer->task == NULL)
        return;
    charge(tree, outer, left->is.children);
    if (cell->used)
        cell->is.children += left->is.children;
}

void crossings_resolve(struct crossings *crossings, struct tree *tree)
{
    for (uint32_t i = 0; i < crossings->capacity; i++) {
        if (crossings->table[i].used && crossing_left(&crossings->table[i]))
            hand_outwards(crossings, tree, &crossings->table[i]);
    }
    for (uint32_t i = 0; i < crossings->capacity; i++) {
        struct crossing *cell = &crossings->table[i];
        if (!cell->used || cell->is.ended || crossing_left(cell))
            continue;
        cell->is.instance.task->open++;
        charge(tree, &cell->is.instance, -cell->is.children);
    }
}
