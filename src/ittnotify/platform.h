/* What the static part needs of the system: who runs, the environment, shared libraries. Linux. */
#ifndef ITT_PART_PLATFORM_H
#define ITT_PART_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

/* The variable that names the collector. */
#if UINTPTR_MAX > 0xFFFFFFFFu
#define ITT_COLLECTOR_VARIABLE "INTEL_LIBITTNOTIFY64"
#else
#define ITT_COLLECTOR_VARIABLE "INTEL_LIBITTNOTIFY32"
#endif

/* Set, and not "0": there is no collector, whatever else the environment says. */
#define ITT_DISABLE_VARIABLE "ITT_DISABLE"

/* This process and thread: the process id above, the thread's id below. */
uint64_t itt_part_self(void);

/* Lets others run, the longer the more often it was called before: round counts from 0. */
void itt_part_nap(unsigned round);

/* A variable of the environment; NULL where it is unset, empty, or the program runs with more rights than its user. */
const char *itt_part_environment(const char *name);

/* Loads a library for good. NULL: *reason tells why, until the next call. */
void *itt_part_open(const char *path, const char **reason);

/* Address of what a library or those it needs export, or NULL. */
void *itt_part_symbol(void *library, const char *name);

#endif
