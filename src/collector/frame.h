/* Frames: of a domain, or of an id in a domain; one of each is open at a time. */
#ifndef ITT_COLLECTOR_FRAME_H
#define ITT_COLLECTOR_FRAME_H

#include "client.h"

void frame_begin(const __itt_domain *domain, __itt_id *id);
void frame_end(const __itt_domain *domain, __itt_id *id);
void frame_submit(const __itt_domain *domain, __itt_id *id, __itt_timestamp begin, __itt_timestamp end);

/* The functions of old: a frame is the domain of its name. */
__itt_frame frame_old_create(const char *domain);
void frame_old_begin(__itt_frame frame);
void frame_old_end(__itt_frame frame);

#endif
