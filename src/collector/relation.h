/* Relations: between what has ids; and groups of tasks, and ids themselves. */
#ifndef ITT_COLLECTOR_RELATION_H
#define ITT_COLLECTOR_RELATION_H

#include "client.h"

/* Functions of the interface. */
void relation_add(const __itt_domain *domain, __itt_id head, __itt_relation relation, __itt_id tail);
void relation_add_at(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                     __itt_id head, __itt_relation relation, __itt_id tail);
void relation_add_to_current(const __itt_domain *domain, __itt_relation relation, __itt_id tail);
void relation_add_to_current_at(const __itt_domain *domain, __itt_clock_domain *clock,
                                unsigned long long timestamp, __itt_relation relation, __itt_id tail);
void relation_group(const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name);

/* An id needs no making; after its end, no arrow comes from what had it. */
void relation_id_create(const __itt_domain *domain, __itt_id id);
void relation_id_create_at(const __itt_domain *domain, __itt_clock_domain *clock,
                           unsigned long long timestamp, __itt_id id);
void relation_id_destroy(const __itt_domain *domain, __itt_id id);
void relation_id_destroy_at(const __itt_domain *domain, __itt_clock_domain *clock,
                            unsigned long long timestamp, __itt_id id);

#endif
