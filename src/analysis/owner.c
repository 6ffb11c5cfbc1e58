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
    bool later = owner->time >= known->time;
    known->pid = owner->pid;
    known->tid = owner->tid;
    if (owner->process != 0 && (later || known->process == 0))
        known->process = owner->process;
    if (owner->thread != 0 && (later || known->thread == 0))
        known->thread = owner->thread;
    if (later)
        known->time = owner->time;
    return true;
}

const struct owner *owners_get(const struct owners *owners, uint32_t number)
{
    return number < owners->count && number <= OWNERS_LIMIT ? &owners->owners[number] : NULL;
}
