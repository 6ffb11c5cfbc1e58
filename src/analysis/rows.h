/* Rows of a table of the report: each of a domain and a name, at a place that does not change, as many as limits allow. */
#ifndef ITT_ANALYSIS_ROWS_H
#define ITT_ANALYSIS_ROWS_H

#include "map.h"

/* What a row is of. The numbers of texts are below 2^17, those of owners below 2^21. */
struct row_id {
    uint32_t domain, name; /* numbers of texts; 0: all past the last that has a row */
    uint32_t owner;        /* a thread or process; 0: all of them */
    uint8_t kind;          /* enum itt_kind; 0 for every task */
    uint8_t scope;         /* of a marker */
    uint32_t row;          /* its place, once it has one */
};

struct rows {
    struct map numbers; /* of its id -> row + 1 */
    char **blocks;
    size_t size; /* of a row; it starts with its id */
    uint32_t count, blocks_capacity;
    uint32_t named, named_limit; /* rows of one name */
    uint32_t other, other_limit; /* rows of all other names of a domain */
};

void rows_open(struct rows *rows, size_t size, uint32_t named_limit, uint32_t other_limit);
void rows_close(struct rows *rows);
void *rows_at(const struct rows *rows, uint32_t row);

/*
 * The row of an id, made if need be, all zero but the id. Past the limits that of all other names of the domain, or of
 * everything of the kind. NULL: memory is out.
 */
void *rows_need(struct rows *rows, struct row_id id);

#endif
