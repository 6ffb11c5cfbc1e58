/* The groups of functions that a user wants from an old collector. */
#ifndef ITT_PART_GROUPS_H
#define ITT_PART_GROUPS_H

#include "part.h"

#define ITT_GROUPS_VARIABLE "INTEL_ITTNOTIFY_GROUPS"

/* Reads a list of names ("control,thread frame"); calls unknown() for each that is none. NULL: all groups. */
__itt_group_id itt_part_groups(const char *list, void (*unknown)(const char *name));

#endif
