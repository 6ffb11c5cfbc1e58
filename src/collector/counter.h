/* Counters: one for each domain, name and type, with its value, in each process. */
#ifndef ITT_COLLECTOR_COUNTER_H
#define ITT_COLLECTOR_COUNTER_H

#include "client.h"
#include <stdbool.h>

/* Once a process image. False: no memory. */
bool counter_init(void);

/* Functions of the interface. NULL where there are too many counters: counted. */
__itt_counter counter_create(const char *name, const char *domain);
__itt_counter counter_create_typed(const char *name, const char *domain, __itt_metadata_type type);
__itt_counter counter_create_in(const __itt_domain *domain, const char *name, __itt_metadata_type type);
void counter_destroy(__itt_counter counter);
void counter_set(__itt_counter counter, void *value);
void counter_set_at(__itt_counter counter, __itt_clock_domain *clock, unsigned long long timestamp,
                    void *value);
void counter_inc(__itt_counter counter);
void counter_dec(__itt_counter counter);
void counter_add(__itt_counter counter, unsigned long long delta);
void counter_subtract(__itt_counter counter, unsigned long long delta);
void counter_describe(__itt_counter counter, size_t length, __itt_context_metadata *metadata);

/* By domain and name: what has these, of whatever type, or one of 64 bits. */
void counter_inc_named(const __itt_domain *domain, __itt_string_handle *name);
void counter_dec_named(const __itt_domain *domain, __itt_string_handle *name);
void counter_add_named(const __itt_domain *domain, __itt_string_handle *name, unsigned long long delta);
void counter_subtract_named(const __itt_domain *domain, __itt_string_handle *name, unsigned long long delta);

#endif
