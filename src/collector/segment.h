/* A segment: what a thread writes between two fresh starts, with everything a reader needs at its head. */
#ifndef ITT_COLLECTOR_SEGMENT_H
#define ITT_COLLECTOR_SEGMENT_H

#include "writer.h"

/* Starts one at w->rest (in the slot that the writer has), with `size` bytes of room behind its head. False: no room. */
bool segment_start(struct writer *w, size_t size);

/* Makes the segment know these, ahead of an event that uses them. Room must be reserved: segment_cost_*(). */
void segment_tell_name(struct writer *w, uint32_t iid);
void segment_tell_domain(struct writer *w, uint32_t key);
void segment_tell_track(struct writer *w, uint32_t key);
void segment_tell_thread(struct writer *w);

/* Decides anew whether the hot path can write a domain's tasks. */
void segment_set_fast(struct writer *w, uint32_t iid);

/* Upper bounds of the bytes they write, 0 where the segment knows already. */
size_t segment_cost_name(const struct writer *w, uint32_t iid);
size_t segment_cost_domain(const struct writer *w, uint32_t key);
size_t segment_cost_track(struct writer *w, uint32_t key);

/* The number in a track's uuid, and the iid of the category, for a task with this key. */
uint32_t segment_domain_number(uint32_t key);
uint32_t segment_domain_iid(uint32_t key);

/* The track of a task with this key on this thread. */
uint64_t segment_track(const struct writer *w, uint32_t key);

#endif
