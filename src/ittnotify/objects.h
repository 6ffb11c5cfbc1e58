/*
 * Objects that the static part makes by itself, one for each name: where the collector has no function for that, and
 * domains also where there is no collector, so that a program has something to hold. A collector that comes later
 * finds them in the lists of __itt_global.
 */
#ifndef ITT_PART_OBJECTS_H
#define ITT_PART_OBJECTS_H

#include "part.h"
#include <stdbool.h>

/* Puts the makers into the list of functions, for a collector that has none. */
void itt_part_makers_install(void);

/* What a function's pointer is where there is no collector: NULL but for domain_create. */
void *itt_part_unbound(const __itt_api_info *entry);

/* Switches all domains that were made here on (1) or off (0). */
void itt_part_domains_switch(int flags);

void itt_part_objects_free(void);

#endif
