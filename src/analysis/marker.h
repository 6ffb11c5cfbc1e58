/* The rows of the report that are of moments: markers, events without an end, relations and the like. */
#ifndef ITT_ANALYSIS_MARKER_H
#define ITT_ANALYSIS_MARKER_H

#include "rows.h"
#include <stdbool.h>

#define MARKERS_LIMIT  65536u
#define MARKERS_OTHERS 16384u

struct marker {
    struct row_id id;
    uint64_t count;
    uint64_t first, last; /* wall-clock time of the recording: see source_shift() */
};

struct markers {
    struct rows rows;
};

void markers_open(struct markers *markers);
void markers_close(struct markers *markers);

/* False: memory is out. */
bool markers_add(struct markers *markers, struct row_id id, uint64_t now);

/* All of another row, that came later in the file. */
bool markers_join(struct markers *markers, struct row_id id, const struct marker *later);

#endif
