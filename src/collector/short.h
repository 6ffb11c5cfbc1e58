/* Short packets of one track event, built in place: see quick.h. */
#ifndef ITT_COLLECTOR_SHORT_H
#define ITT_COLLECTOR_SHORT_H

#include "quick.h"

#define SHORT_HEAD 9u /* bytes of a packet ahead of its track event */
#define SHORT_KIND 5u /* of a kind behind it */

/* Where its track event begins. By a jump, so that no address has to wait for the time. */
static inline uint8_t *short_event(const struct writer *w, uint64_t now)
{
    if (__builtin_expect(now - w->last >= QUICK_DELTA, 0)) {
        platform_fence();
        return w->at + SHORT_HEAD;
    }
    return w->at + SHORT_HEAD - 1;
}

/* The track event ends at `event_end`, and the packet at `at`; the one byte of the event's length is still to be written. */
static inline void short_close(struct writer *w, uint8_t *event, const uint8_t *event_end, const uint8_t *at,
                               uint64_t now)
{
    const size_t size = (size_t)(at - w->at);
    event[1] = (uint8_t)(event_end - event - 2);
    if (event == w->at + SHORT_HEAD)
        quick_commit_wide(w, size, now);
    else
        quick_commit(w, size, quick_form(w, size), now);
}

static inline void short_commit(struct writer *w, uint8_t *event, const uint8_t *at, uint64_t now)
{
    short_close(w, event, at, at, now);
}

/* The same, with a kind behind it. */
static inline void short_commit_kind(struct writer *w, uint8_t *event, uint8_t *at, uint32_t kind,
                                     uint64_t now)
{
    quick_put(at, 0x38027FF2 | (uint64_t)kind << 32);
    short_close(w, event, at, at + SHORT_KIND, now);
}

#endif
