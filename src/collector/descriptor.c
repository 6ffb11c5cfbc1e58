#define _GNU_SOURCE
#include "descriptor.h"
#include "event.h"
#include "wire.h"

void descriptor_tell(struct writer *w, const struct descriptor *descriptor, uint32_t *told)
{
    uint8_t *track, *counter;
    uint64_t word;
    if (*told == w->segment)
        return;
    uint8_t *at = event_open(w, w->at, &word);
    at = wire_open(at, 60, &track);
    at = wire_uint(at, 1, descriptor->uuid);
    at = wire_text(at, 2, descriptor->name.bytes, descriptor->name.length);
    if (descriptor->parent != 0)
        at = wire_uint(at, 5, descriptor->parent);
    if (descriptor->counter) {
        at = wire_open(at, 8, &counter);
        if (descriptor->unit.length > 0)
            at = wire_text(at, 6, descriptor->unit.bytes, descriptor->unit.length);
        at = wire_close(at, counter);
    }
    if (descriptor->group)
        at = wire_uint(at, 11, 1); /* LEXICOGRAPHIC */
    if (descriptor->description.length > 0)
        at = wire_text(at, 14, descriptor->description.bytes, descriptor->description.length);
    at = wire_close(at, track);
    writer_commit(w, event_close(w->at, at, word), at);
    *told = w->segment;
}
