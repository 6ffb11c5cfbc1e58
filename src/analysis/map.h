/* A hash table of 64-bit keys, with a bound. Values are never 0: that is "absent". */
#ifndef ITT_ANALYSIS_MAP_H
#define ITT_ANALYSIS_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_cell {
    uint64_t key;
    uint32_t value;
};

struct map {
    struct map_cell *cells;
    uint64_t seed;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
    uint32_t limit; /* keys it takes at most */
};

/* Well mixed, and not to be foreseen by who made the file: a table must not be slow by intent. */
uint64_t map_mix(uint64_t seed, uint64_t key);
uint64_t map_seed(void);

void map_open(struct map *map, uint32_t limit);
void map_close(struct map *map);
void map_clear(struct map *map);

/* The key's value, or 0. */
uint32_t map_get(const struct map *map, uint64_t key);

/* Where the key's value is or, while it is 0, must be put at once. NULL when the table is full or memory is out. */
uint32_t *map_place(struct map *map, uint64_t key);

#endif
