/* Intel PT regions: eight of them, named once. */
#ifndef ITT_COLLECTOR_REGION_H
#define ITT_COLLECTOR_REGION_H

#include <stdint.h>

#define REGION_COUNT 8u

/* The id for a name: 0 to 6, one a name; 7 for NULL and for names beyond. */
uint8_t region_create(const char *name);

/* iid of a region's name, and of the category that all have. */
uint32_t region_name(uint8_t region);
uint32_t region_category(void);

#endif
