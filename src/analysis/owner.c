#include "owner.h"
#include <stdlib.h>
#include <string.h>

#define OWNERS_LIMIT (1u << 20)

void owners_open(struct owners *owners)
{
    memset(owners, 0, sizeof *owners);
    texts_open(&owners->texts, OWNERS_TEXTS, OWNERS_TEXT_BYTES);
}

void owners_close(struct owners *owners)
{
    free(owners->owners);
    texts_close(&owners->texts);
}

uint32_t owners_text(struct owners *owners, struct text text)
{
    return text.length != 0 ? texts_number(&owners->texts, text, 1) : 0;
}

static void note_name(uint32_t *known, uint64_t *known_time, uint32_t name, uint64_t time)
{
    if (name == 0 || time < *known_time)
        return;
    *known = name;
    *known_time = time;
}

bool owners_note(struct owners *owners, uint32_t number, const struct owner *owner)
{
    if (number > OWNERS_LIMIT)
        return true;
    if (number >= owners->count) {
        uint32_t count = owners->count != 0 ? owners->count : 16;
        while (count <= number)
            count *= 2;
        struct owner *grown = realloc(owners->owners, count * sizeof *grown);
        if (grown == NULL)
            return false;
        memset(grown + owners->count, 0, (count - owners->count) * sizeof *grown);
        owners->owners = grown;
        owners->count = count;
    }
    struct owner *known = &owners->owners[number];
    known->known = true;
    known->pid = owner->pid;
    known->tid = owner->tid;
    note_name(&known->process, &known->process_time, owner->process, owner->process_time);
    note_name(&known->thread, &known->thread_time, owner->thread, owner->thread_time);
    return true;
}

const struct owner *owners_get(const struct owners *owners, uint32_t number)
{
    return number < owners->count && number <= OWNERS_LIMIT ? &owners->owners[number] : NULL;
}
