#include "names.h"
#include "format.h"
#include <stdlib.h>
#include <string.h>

#define SLOTS           (ITT_NAME_LIMIT + 1)
#define GENERATIONS_MAX (1u << 26)

_Static_assert(NAMES_CACHE == 1u << (64 - 51), "names_cached() takes 13 bits");

bool names_open(struct names *names, struct tasks *tasks)
{
    memset(names, 0, sizeof *names);
    names->tasks = tasks;
    names->events = calloc(SLOTS, sizeof *names->events);
    names->categories = calloc(SLOTS, sizeof *names->categories);
    names->cache = calloc(NAMES_CACHE, sizeof *names->cache);
    return names->events != NULL && names->categories != NULL && names->cache != NULL;
}

void names_close(struct names *names)
{
    free(names->events);
    free(names->categories);
    free(names->cache);
}

void names_start(struct names *names)
{
    names->owner = 0;
    if (++names->generation < GENERATIONS_MAX)
        return;
    memset(names->events, 0, SLOTS * sizeof *names->events);
    memset(names->categories, 0, SLOTS * sizeof *names->categories);
    memset(names->cache, 0, NAMES_CACHE * sizeof *names->cache);
    names->generation = 1;
}

/* An iid means the same text in every segment of a recording, as a rule: then it need not be looked up again. */
static void define(struct names *names, bool category, uint64_t iid, struct text text)
{
    if (iid == 0 || iid >= SLOTS)
        return;
    struct name_slot *slot = category ? &names->categories[iid] : &names->events[iid];
    if (slot->generation == names->generation)
        return;
    slot->generation = names->generation;
    if (tasks_is_text(names->tasks, slot->number, text))
        return;
    slot->number = category ? tasks_domain(names->tasks, text) : tasks_name(names->tasks, text);
}

bool names_define(struct names *names, struct span interned)
{
    const uint8_t *at = interned.at;
    while (at != interned.end) {
        struct wire_field field;
        struct text text;
        uint64_t iid;
        at = wire_read_field(at, interned.end, &field);
        if (at == NULL)
            return false;
        if (field.type != WIRE_BYTES || (field.number != 1 && field.number != 2))
            continue;
        if (!interned_read((struct span){field.data, field.data + field.value}, &iid, &text))
            return false;
        define(names, field.number == 1, iid, text);
    }
    return true;
}

static const struct name_slot *slot_of(const struct name_slot *slots, uint64_t iid)
{
    return &slots[iid < SLOTS ? iid : 0];
}

struct row_id names_id(struct names *names, const struct event *event)
{
    const struct name_slot *name = slot_of(names->events, event->name);
    const struct name_slot *category = slot_of(names->categories, event->category);
    return (struct row_id){
        .domain = category->generation == names->generation
                      ? category->number
                      : tasks_domain(names->tasks, event->category_text),
        .name =
            name->generation == names->generation ? name->number : tasks_name(names->tasks, event->name_text),
        .owner = names->owner,
    };
}

struct task *names_task(struct names *names, const struct event *event, uint64_t kind)
{
    bool defined = slot_of(names->events, event->name)->generation == names->generation &&
                   slot_of(names->categories, event->category)->generation == names->generation;
    uint64_t key = defined ? names_key(names, (uint32_t)event->category, (uint32_t)event->name, kind) : 0;
    struct cached_task *cached = names_cached(names, key);
    if (key != 0 && cached->key == key)
        return cached->task;
    struct row_id id = names_id(names, event);
    id.kind = (uint8_t)kind;
    if (kind == ITT_KIND_FRAME)
        id.name = id.domain;
    struct task *task = tasks_find(names->tasks, id);
    if (key != 0 && task != NULL)
        *cached = (struct cached_task){key, task};
    return task;
}
