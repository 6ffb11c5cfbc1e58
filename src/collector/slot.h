/* A writer's slot: its chunk of the file, and the way out of a full one. */
#ifndef ITT_COLLECTOR_SLOT_H
#define ITT_COLLECTOR_SLOT_H

#include "writer.h"

/* Claims and maps a slot. 0 or an errno. */
int slot_take(struct writer *w, uint32_t size);

/* Makes room: a full slot goes to its place in the file, and the writer gets an empty one. 0 or an errno. */
int slot_turn(struct writer *w);

/* Lets go of what slot_turn() holds in a flight recorder: what lies there can be amended no more. */
void slot_let_go(struct writer *w);

/* Copies the packet at open_task.where, up to size bytes. The count, 0 where it cannot be read. */
size_t slot_peek(struct writer *w, uint64_t where, uint8_t *to, size_t size);

/* The same, or where it lies in the slot. *size: of the buffer, then what there is. */
const uint8_t *slot_look(struct writer *w, uint64_t where, uint8_t *buffer, size_t *size);

/* Overwrites one byte of it. */
void slot_poke(struct writer *w, uint64_t where, uint8_t byte);

#endif
