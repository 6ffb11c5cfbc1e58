/*
 * Stack stitching: where work was made, and where it is done. And the lanes of a thread, which hold that and what it waits for: they
 * are named after the thread, in the process's group Sync.
 */
#ifndef ITT_COLLECTOR_STITCH_H
#define ITT_COLLECTOR_STITCH_H

#include "slice.h"

__itt_caller stitch_create(void);
void stitch_destroy(__itt_caller caller);
void stitch_enter(__itt_caller caller);
void stitch_leave(__itt_caller caller);

/* Whether the thread has a track, by which its slices are told from those of others; what cannot be is counted. */
bool stitch_ready(struct writer *w);

/* The place of its lanes. */
uint32_t stitch_place(struct writer *w);

/* iids of the categories, and of names that need no more than a word. */
enum stitch_word { STITCH_SYNC, STITCH_STITCH, STITCH_CALLER, STITCH_CALLEE, STITCH_WORDS };
uint32_t stitch_word(enum stitch_word word);

#endif
