/* Clock domains: times that the program takes by a clock of its own. */
#ifndef ITT_COLLECTOR_STAMP_H
#define ITT_COLLECTOR_STAMP_H

#include "client.h"
#include <stdbool.h>
#include <stdint.h>

/*
 * A timestamp as a time of our clock. NULL: it is one already (__itt_get_timestamp). Now, where it cannot be told: the clock has no
 * frequency, or the time lies before the machine's start or more than a minute ahead.
 */
uint64_t stamp_time(const __itt_clock_domain *clock, uint64_t timestamp);

/*
 * Whether a time of our clock can be in a trace: Perfetto has none below 0, and CLOCK_BOOTTIME may seem to be a little behind
 * our clock.
 */
bool stamp_is_told(uint64_t time);

/* Functions of the interface. */
__itt_clock_domain *stamp_create(__itt_get_clock_info_fn function, void *data);
void stamp_reset(void);

#endif
