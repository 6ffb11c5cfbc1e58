/*
 * In a flight recorder the begin of a task may be overwritten long before its end. So a segment that starts in an empty slot has the
 * begins of the tasks that are open, written again as in amend.h: no chunk needs another one. Of very many, or such
 * with very long names, the outermost and the innermost go on like that. The others have gone until they end: then begin and end are
 * written.
 */
#ifndef ITT_COLLECTOR_BEGINS_H
#define ITT_COLLECTOR_BEGINS_H

#include "writer.h"

#define BEGINS_MOST 512u /* one in eight of them is an outermost one */

/* Whether open[i] is one that goes on, and what it adds to a segment's head, its name left out: see writer.going_on. */
bool begins_go_on(const struct writer *w, uint32_t i);
size_t begins_cost(const struct writer *w, uint32_t i);

bool begins_in_slot(const struct writer *w, uint64_t where);

/*
 * Writes those again that do not lie in the slot (or were written by another clock: `boot_offset` is that of the segment
 * before), and those of the slices on lanes, events and marks, as far as there is room. `size` bytes behind them stay free. What was in
 * the slot before are segments from number `first` on.
 */
void begins_carry(struct writer *w, size_t size, uint64_t boot_offset, uint32_t first);

/* Writes the begin of one that has gone; room must be reserved, in a segment that knows its name and domain. */
size_t begins_restore_cost(const struct open_task *task);
void begins_restore(struct writer *w, struct open_task *task);

#endif
