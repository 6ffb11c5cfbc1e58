/*
 * The lock of the static part: the recursive mutex of __itt_global, which collectors know, behind a lock of our own.
 * A child made by fork while another thread was inside finds out, and a thread does not wait for ever.
 */
#ifndef ITT_PART_LOCK_H
#define ITT_PART_LOCK_H

#include <stdbool.h>

/* False: somebody held it for too long, and the lock is not taken. */
bool itt_part_lock(void);
void itt_part_unlock(void);

#endif
