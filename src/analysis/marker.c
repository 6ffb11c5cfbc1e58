#include "marker.h"
#include <string.h>

void markers_open(struct markers *markers)
{
    memset(markers, 0, sizeof *markers);
    rows_open(&markers->rows, sizeof(struct marker), MARKERS_LIMIT, MARKERS_OTHERS);
}

void markers_close(struct markers *markers)
{
    rows_close(&markers->rows);
}

bool markers_add(struct markers *markers, struct row_id id, uint64_t now)
{
    return markers_join(markers, id, &(struct marker){.count = 1, .first = now, .last = now});
}

bool markers_join(struct markers *markers, struct row_id id, const struct marker *later)
{
    struct marker *marker = rows_need(&markers->rows, id);
    if (marker == NULL)
        return false;
    if (marker->count == 0 || later->first < marker->first)
        marker->first = later->first;
    if (marker->count == 0 || later->last > marker->last)
        marker->last = later->last;
    marker->count += later->count;
    return true;
}
