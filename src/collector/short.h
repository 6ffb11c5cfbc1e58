/* Short packets of one track event that has a kind, built in place: see quick.h. */
#ifndef ITT_COLLECTOR_SHORT_H
#define ITT_COLLECTOR_SHORT_H

#include "quick.h"

/* All but what the caller puts between the two. */
#define SHORT_SIZE 21u

/* Its start, of an event that names these; `domain` 0: none. Returns the position behind. */
static inline uint8_t *short_open(struct writer *w, uint32_t type, uint32_t name, uint32_t domain)
{
    quick_put(w->at + 8, 0x001800500048005A | type << 24 | (uint64_t)name << 40 | (uint64_t)domain << 56);
    return w->at + (domain == 0 ? 14 : 16);
}

static inline void short_close(struct writer *w, uint8_t *at, uint32_t kind, uint64_t now)
{
    size_t size = (size_t)(at - w->at) + 5;
    w->at[9] = (uint8_t)(size - 15);
    quick_put(at, 0x38027FF2 | (uint64_t)kind << 32);
    quick_commit(w, size, quick_form(w, size), now);
}

#endif
