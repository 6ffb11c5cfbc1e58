/* Markers: moments with a name and a scope. */
#ifndef ITT_COLLECTOR_MARKER_H
#define ITT_COLLECTOR_MARKER_H

#include "client.h"

/* Functions of the interface. */
void marker_show(const __itt_domain *domain, __itt_id id, __itt_string_handle *name, __itt_scope scope);
void marker_show_at(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                    __itt_id id, __itt_string_handle *name, __itt_scope scope);

#endif
