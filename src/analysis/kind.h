/* Events that are no plain tasks: each says by itself what it is, so that none has to be kept. */
#ifndef ITT_ANALYSIS_KIND_H
#define ITT_ANALYSIS_KIND_H

#include "segment.h"

/* One of a packet that has a detail; `now` is CLOCK_BOOTTIME. The packet is of no matter but for an instant. False: memory is out. */
bool kind_take(struct segment *segment, const struct packet *packet, const struct event *event,
               const struct detail *detail, uint64_t now);

#endif
