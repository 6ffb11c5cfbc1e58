#include "rows.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 64u
#define REST_LIMIT 256u /* rows of everything of a kind */

void rows_open(struct rows *rows, size_t size, uint32_t named_limit, uint32_t other_limit)
{
    memset(rows, 0, sizeof *rows);
    map_open(&rows->numbers, named_limit + other_limit + REST_LIMIT);
    rows->size = size;
    rows->named_limit = named_limit;
    rows->other_limit = other_limit;
}

void rows_close(struct rows *rows)
{
    for (uint32_t i = 0; i * BLOCK_ROWS < rows->count; i++)
        free(rows->blocks[i]);
    free(rows->blocks);
    map_close(&rows->numbers);
}

void *rows_at(const struct rows *rows, uint32_t row)
{
    return rows->blocks[row / BLOCK_ROWS] + row % BLOCK_ROWS * rows->size;
}

static uint64_t row_key(const struct row_id *id)
{
    return (uint64_t)id->owner << 42 | (uint64_t)(id->scope & 0xf) << 38 | (uint64_t)(id->kind & 0xf) << 34 |
           (uint64_t)id->domain << 17 | id->name;
}

static void *row_new(struct rows *rows)
{
    uint32_t block = rows->count / BLOCK_ROWS;
    if (rows->count % BLOCK_ROWS == 0) {
        if (block == rows->blocks_capacity) {
            uint32_t capacity = block != 0 ? block * 2 : 16;
            char **grown = realloc(rows->blocks, capacity * sizeof *grown);
            if (grown == NULL)
                return NULL;
            rows->blocks = grown;
            rows->blocks_capacity = capacity;
        }
        rows->blocks[block] = calloc(BLOCK_ROWS, rows->size);
        if (rows->blocks[block] == NULL)
            return NULL;
    }
    return rows_at(rows, rows->count++);
}

/* NULL: it is not there, and `made` of these rows are as many as there may be; or memory is out. */
static void *row_under(struct rows *rows, const struct row_id *id, uint32_t *made, uint32_t limit)
{
    uint64_t key = row_key(id);
    uint32_t number = map_get(&rows->numbers, key);
    if (number != 0)
        return rows_at(rows, number - 1);
    uint32_t *place = *made < limit ? map_place(&rows->numbers, key) : NULL;
    void *row = place != NULL ? row_new(rows) : NULL;
    if (row == NULL)
        return NULL;
    memcpy(row, id, sizeof *id);
    ((struct row_id *)row)->row = rows->count - 1;
    *place = rows->count;
    ++*made;
    return row;
}

void *rows_need(struct rows *rows, struct row_id id)
{
    uint32_t rest = rows->count - rows->named - rows->other;
    void *row = NULL;
    if (id.domain != 0 && id.name != 0)
        row = row_under(rows, &id, &rows->named, rows->named_limit);
    id.name = 0;
    if (row == NULL && id.domain + id.owner != 0)
        row = row_under(rows, &id, &rows->other, rows->other_limit);
    id.domain = id.owner = 0;
    if (row == NULL)
        row = row_under(rows, &id, &rest, REST_LIMIT);
    return row;
}
