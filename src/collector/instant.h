/* Events that stand for themselves: instants and values. */
#ifndef ITT_COLLECTOR_INSTANT_H
#define ITT_COLLECTOR_INSTANT_H

#include "event.h"

/* Whether events are wanted at all: not while paused; what comes after a failure is counted as lost. */
bool instant_wanted(struct writer *w);

/* Writes it, now, or at its own time if that is absolute. Returns where, 0 where it is lost: counted. */
uint64_t instant_write(struct writer *w, struct event *event);

/* A name's iid, or its text in `to` where that has none; `handle` may be NULL. */
#define INSTANT_TEXT 512u
uint32_t instant_name(__itt_string_handle *handle, char *to, struct text *text);

/* An id as text, for annotations. */
#define INSTANT_ID 56u
struct text instant_id(__itt_id id, char *to);

#endif
