/* Histograms: arrays that the program submits, shown as instants. */
#ifndef ITT_COLLECTOR_DISTRIBUTION_H
#define ITT_COLLECTOR_DISTRIBUTION_H

#include "client.h"

/* Functions of the interface. NULL where there are too many: counted. */
__itt_histogram *distribution_create(const __itt_domain *domain, const char *name, __itt_metadata_type x_type,
                                     __itt_metadata_type y_type);
void distribution_submit(__itt_histogram *histogram, size_t length, void *x, void *y);

#endif
