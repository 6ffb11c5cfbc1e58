#include "crossing.h"
#include <stdlib.h>
#include <string.h>

#define CROSSINGS_FIRST 256u

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
    if (note->moved) {
        cell->is.moved = true;
        cell->is.outer = note->outer;
    }
    cell->in += note->came_in;
    cell->out += note->goes_out;
    return true;
}

/*
 * A task that went to another track: what was inside it on the old one is inside the task around it there, whose end
 * was the reason.
 */
static void hand_outwards(struct crossings *crossings, const struct crossing *moved)
{
    const struct instance *outer = &moved->is.outer;
    moved->is.instance.task->children -= moved->is.children;
    if (outer->task == NULL)
        return;
    outer->task->children += moved->is.children;
    struct crossing *cell = crossing_cell(crossings, moved->is.group, outer);
    if (cell->used)
        cell->is.children += moved->is.children;
}

void crossings_resolve(struct crossings *crossings)
{
    for (uint32_t i = 0; i < crossings->capacity; i++) {
        if (crossings->table[i].used && crossings->table[i].is.moved)
            hand_outwards(crossings, &crossings->table[i]);
    }
    for (uint32_t i = 0; i < crossings->capacity; i++) {
        struct crossing *cell = &crossings->table[i];
        if (!cell->used || cell->is.moved || cell->is.ended)
            continue;
        crossings->open++;
        cell->is.instance.task->open++;
        cell->is.instance.task->children -= cell->is.children;
    }
}
