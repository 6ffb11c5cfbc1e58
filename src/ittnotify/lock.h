/*
 * The lock of the static part: the recursive mutex of __itt_global, which collectors know, behind a lock of our own.
 * A fork waits for another thread that is inside; where that takes too long, the child finds out. No thread waits for ever.
 */
#ifndef ITT_PART_LOCK_H
#define ITT_PART_LOCK_H

#include <stdbool.h>

/* False: somebody held it for too long, and the lock is not taken. */
bool itt_part_lock(void);
void itt_part_unlock(void);

/* From here on forks take the lock; by its holder. */
void itt_part_lock_forks(void);

#endif
