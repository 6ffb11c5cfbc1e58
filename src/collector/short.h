/* Short packets of one track event that has a kind, built in place: see quick.h. */
#ifndef ITT_COLLECTOR_SHORT_H
#define ITT_COLLECTOR_SHORT_H

#include "quick.h"

#define SHORT_HEAD   9u /* bytes of a packet ahead of its track event, and behind */
#define SHORT_DETAIL 5u

/* Where its track event begins. By a jump, so that no address has to wait for the time. */
static inline uint8_t *short_event(const struct writer *w, uint64_t now)
{
    if (__builtin_expect(now - w->last >= QUICK_DELTA, 0)) {
        platform_fence();
        return w->at + SHORT_HEAD;
    }
    return w->at + SHORT_HEAD - 1;
}

/* The track event ends at `at`; the one byte of its length is still to be written. */
static inline void short_commit(struct writer *w, uint8_t *event, uint8_t *at, uint32_t kind, uint64_t now)
{
    const size_t size = (size_t)(at - w->at) + SHORT_DETAIL;
    event[1] = (uint8_t)(at - event - 2);
    quick_put(at, 0x38027FF2 | (uint64_t)kind << 32);
    if (event == w->at + SHORT_HEAD)
        quick_commit_wide(w, size, now);
    else
        quick_commit(w, size, quick_form(w, size), now);
}

#endif
