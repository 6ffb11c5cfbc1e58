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
    struct marker *marker = rows_need(&markers->rows, id);
    if (marker == NULL)
        return false;
    if (marker->count == 0 || now < marker->first)
        marker->first = now;
    if (marker->count == 0 || now > marker->last)
        marker->last = now;
    marker->count++;
    return true;
}
