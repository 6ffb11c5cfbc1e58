#include "names.h"
#include <stdlib.h>
#include <string.h>

#define NAMES_LIMIT 65536u
#define BYTES_LIMIT (4u << 20) /* a segment lies in one chunk of 256 KiB */

void names_open(struct names *names)
{
    memset(names, 0, sizeof *names);
    map_open(&names->events, NAMES_LIMIT);
    map_open(&names->categories, NAMES_LIMIT);
}

void names_close(struct names *names)
{
    map_close(&names->events);
    map_close(&names->categories);
    free(names->texts);
    free(names->bytes);
}

void names_start(struct names *names)
{
    map_clear(&names->events);
    map_clear(&names->categories);
    names->count = 0;
    names->bytes_used = 0;
    memset(names->cache, 0, sizeof names->cache);
}

bool names_keep(struct names *names, struct span span, struct kept *kept)
{
    size_t length = (size_t)(span.end - span.at);
    if (length > BYTES_LIMIT - names->bytes_used)
        return false;
    if (names->bytes_used + length > names->bytes_capacity) {
        uint32_t capacity = names->bytes_capacity != 0 ? names->bytes_capacity : 65536;
        while (capacity < names->bytes_used + length)
            capacity *= 2;
        char *grown = realloc(names->bytes, capacity);
        if (grown == NULL)
            return false;
        names->bytes = grown;
        names->bytes_capacity = capacity;
    }
    if (length > 0)
        memcpy(names->bytes + names->bytes_used, span.at, length);
    *kept = (struct kept){names->bytes_used, (uint32_t)length};
    names->bytes_used += (uint32_t)length;
    return true;
}

static void names_add(struct names *names, struct map *map, uint64_t iid, struct text text)
{
    const uint8_t *bytes = (const uint8_t *)text.bytes;
    uint32_t *place = map_place(map, iid);
    if (place == NULL || *place != 0)
        return;
    if (names->count == names->capacity) {
        uint32_t capacity = names->count != 0 ? names->count * 2 : 256;
        struct kept *grown = realloc(names->texts, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        names->texts = grown;
        names->capacity = capacity;
    }
    if (names_keep(names, (struct span){bytes, bytes + text.length}, &names->texts[names->count]))
        *place = ++names->count;
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
        names_add(names, field.number == 1 ? &names->categories : &names->events, iid, text);
    }
    return true;
}

/* The text of an iid, or the one written out. */
static struct text names_text(const struct names *names, const struct map *map, uint64_t iid,
                              struct text written)
{
    uint32_t number = iid != 0 ? map_get(map, iid) : 0;
    if (number == 0)
        return written;
    const struct kept *kept = &names->texts[number - 1];
    return (struct text){names->bytes + kept->offset, kept->length};
}

struct task *names_task(struct names *names, struct tasks *tasks, const struct event *event)
{
    uint64_t key = event->category << 32 | event->name;
    bool plain = event->name != 0 && event->name <= UINT32_MAX && event->category != 0 &&
                 event->category <= UINT32_MAX;
    struct cached_task *cached = names_cached(names, key);
    if (plain && cached->key == key)
        return cached->task;
    struct text name = names_text(names, &names->events, event->name, event->name_text);
    struct text category = names_text(names, &names->categories, event->category, event->category_text);
    struct task *task = tasks_find(tasks, category, name);
    if (plain && task != NULL)
        *cached = (struct cached_task){key, task};
    return task;
}
