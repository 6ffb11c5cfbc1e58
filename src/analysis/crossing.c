#include "crossing.h"
#include <stdlib.h>
#include <string.h>

#define CROSSINGS_FIRST 256u
#define OUTWARDS_MAX    64u

void crossings_open(struct crossings *crossings)
{
    memset(crossings, 0, sizeof *crossings);
    crossings->seed = map_seed();
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

static struct crossing *crossing_cell(const struct crossings *all, uint64_t group,
                                      const struct instance *instance)
{
    uint64_t hash = map_mix(all->seed, group);
    hash = map_mix(hash, instance->begin);
    hash = map_mix(hash, (uintptr_t)instance->task + instance->ordinal);
    uint32_t mask = all->capacity - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        struct crossing *cell = &all->table[i];
        if (!cell->used || (cell->is.group == group && instance_same(&cell->is.instance, instance)))
            return cell;
    }
}

/* Every segment that knew of it seems to be read, as far as counting tells. */
static bool crossing_seems_done(const struct crossing *crossing)
{
    return crossing->is.ended && crossing->in == crossing->out;
}

/*
 * Makes room: drops what seems done, then doubles if that was not much. In the order in which a program writes,
 * what seems done is done; so memory does not grow with the file.
 */
static bool crossings_grow(struct crossings *crossings)
{
    struct crossings old = *crossings;
    uint32_t done = 0;
    for (uint32_t i = 0; i < old.capacity; i++)
        done += old.table[i].used && crossing_seems_done(&old.table[i]);
    bool drop = old.capacity >= CROSSINGS_LIMIT / 4 && done >= old.count / 2;
    crossings->capacity = old.capacity == 0 ? CROSSINGS_FIRST : drop ? old.capacity : old.capacity * 2;
    crossings->table = calloc(crossings->capacity, sizeof *crossings->table);
    if (crossings->table == NULL) {
        *crossings = old;
        return false;
    }
    crossings->count = 0;
    for (uint32_t i = 0; i < old.capacity; i++) {
        const struct crossing *cell = &old.table[i];
        if (!cell->used || (drop && crossing_seems_done(cell)))
            continue;
        *crossing_cell(crossings, cell->is.group, &cell->is.instance) = *cell;
        crossings->count++;
    }
    free(old.table);
    return true;
}

bool crossings_note(struct crossings *crossings, const struct crossing_note *note)
{
    if ((crossings->count + 1) * 2 > crossings->capacity && crossings->capacity < 2 * CROSSINGS_LIMIT &&
        !crossings_grow(crossings))
        return false;
    struct crossing *cell = crossing_cell(crossings, note->group, &note->instance);
    if (!cell->used) {
        if ((crossings->count + 1) * 2 > crossings->capacity) {
            crossings->forgotten++;
            return true;
        }
        crossings->count++;
        cell->used = true;
        cell->is = *note;
        cell->is.children = 0;
    }
    cell->is.children += note->children;
    cell->is.ended |= note->ended;
    cell->is.ghost &= note->ghost;
    if (note->moved) {
        cell->is.moved = true;
        cell->is.outer = note->outer;
    }
    cell->in += note->came_in;
    cell->out += note->goes_out;
    return true;
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
    struct crossing *cell = NULL;
    charge(tree, &left->is.instance, -left->is.children);
    for (unsigned i = 0; i < OUTWARDS_MAX && outer->task != NULL; i++) {
        cell = crossing_cell(crossings, left->is.group, outer);
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
