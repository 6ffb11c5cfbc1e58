/*
 * The steps from one point in time to the next, of points that come in any order: frames that begin, values that a counter
 * takes. Kept until they can be put in order; past a bound, in the order of those kept.
 */
#ifndef ITT_ANALYSIS_PACE_H
#define ITT_ANALYSIS_PACE_H

#include "pause.h"
#include "rows.h"

#define PACE_POINTS  (1u << 19) /* of one series kept at once */
#define PACE_SERIES  16384u
#define PACE_BUDGET  ((size_t)64 << 20)
#define PACE_GRANTED 64u /* points that a series keeps in any case */

/* What comes out of it. */
struct pace {
    uint64_t steps;
    double mean, squares; /* length of a step, and the sum of the squares of the deviations from that */
    double weighted;      /* sum of value times step */
    double sum;           /* of the values */
};

struct point {
    uint64_t time;
    double value;
};

/* The points of one row that belong to one process. */
struct series {
    struct row_id id;
    struct pace *into;
    struct pauses *pauses;
    struct point *points;
    uint32_t count, capacity;
    bool unsorted, begun;
    struct point last; /* where begun: what lies before has been taken */
    struct pace pace;
};

struct paces {
    struct rows rows;
    size_t left;   /* bytes that the points may still take */
    uint64_t late; /* points that came when later ones had been taken */
};

void paces_open(struct paces *paces);
void paces_close(struct paces *paces);

/* The series of an id, whose steps go to `into`; none across a pause. Neither may move. NULL: no room for a further one. */
struct series *paces_series(struct paces *paces, struct row_id id, struct pace *into, struct pauses *pauses);

/* A point of a series; of none, it counts as late. */
void paces_add(struct paces *paces, struct series *series, struct point point);

/* Whether there will be room for so many more points of a series; takes it off `budget`. */
bool series_fits(const struct series *series, uint32_t points, size_t *budget);

/* When all is read: every pace is complete. */
void paces_finish(struct paces *paces);

#endif
