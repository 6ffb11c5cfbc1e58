/* The static part: one to each program or library that is linked with libittnotify.a. */
#ifndef ITT_PART_H
#define ITT_PART_H

#define INTEL_NO_MACRO_BODY /* here the functions' names are no macros */
#include "../../include/ittnotify_collector.h"

/* The names of the interface, in a library that is built with hidden symbols. */
#define ITT_EXPORT __attribute__((visibility("default")))

/* What the collector sees of us. */
extern __itt_global itt_part;

/* Loads the collector, once; every function's first call comes here. */
void itt_part_load(void);

/* The lock was taken from a thread that a fork left behind: settle what it had begun. */
void itt_part_abandon(void);

#endif
