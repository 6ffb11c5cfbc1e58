/* Tasks: begins and ends on a thread's tracks, always nested there, with exact durations. */
#ifndef ITT_COLLECTOR_TASK_H
#define ITT_COLLECTOR_TASK_H

#include "client.h"

void task_begin(const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name);
void task_begin_fn(const __itt_domain *domain, __itt_id id, __itt_id parent, void *function);
void task_end(const __itt_domain *domain);

/* At times that the program gives: see stamp_time(). */
void task_begin_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                   __itt_id id, __itt_id parent, __itt_string_handle *name);
void task_begin_fn_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                      __itt_id id, __itt_id parent, void *function);
void task_end_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp);

/* The thread ends: what it has open stays so, and needs no place in a table. */
struct writer;
void task_abandon(struct writer *w);

/* PT regions are tasks too, each region a domain of its own. */
void task_begin_region(unsigned char region);
void task_end_region(unsigned char region);

#endif
