/* Metadata: annotations for tasks, regions and frames that are open, and for the last marker. */
#ifndef ITT_COLLECTOR_METADATA_H
#define ITT_COLLECTOR_METADATA_H

#include "client.h"

/* Functions of the interface. */
void metadata_add(const __itt_domain *domain, __itt_id id, __itt_string_handle *key, __itt_metadata_type type,
                  size_t count, void *data);
void metadata_add_scoped(const __itt_domain *domain, __itt_scope scope, __itt_string_handle *key,
                         __itt_metadata_type type, size_t count, void *data);
void metadata_add_text(const __itt_domain *domain, __itt_id id, __itt_string_handle *key, const char *data,
                       size_t length);
void metadata_add_text_scoped(const __itt_domain *domain, __itt_scope scope, __itt_string_handle *key,
                              const char *data, size_t length);
void metadata_add_formatted(const __itt_domain *domain, __itt_string_handle *format, ...);
void metadata_add_formatted_to(const __itt_domain *domain, __itt_id id, __itt_string_handle *format, ...);

#endif
