/* Overlapped tasks and regions: begun and ended by id, on any thread, in any order. */
#ifndef ITT_COLLECTOR_OVERLAP_H
#define ITT_COLLECTOR_OVERLAP_H

#include "client.h"

void overlap_begin(const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name);
void overlap_begin_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                      __itt_id id, __itt_id parent, __itt_string_handle *name);
void overlap_end(const __itt_domain *domain, __itt_id id);
void overlap_end_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                    __itt_id id);

void overlap_begin_region(const __itt_domain *domain, __itt_id id, __itt_id parent,
                          __itt_string_handle *name);
void overlap_end_region(const __itt_domain *domain, __itt_id id);

#endif
