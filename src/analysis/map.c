#define _GNU_SOURCE
#include "map.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAP_FIRST 64u
#define MAP_KEPT  1024u

uint64_t map_mix(uint64_t seed, uint64_t key)
{
    key = (key ^ seed) * 0x9e3779b97f4a7c15u;
    key = (key ^ key >> 32) * 0xd6e8feb86659fd93u;
    return key ^ key >> 32;
}

uint64_t map_seed(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return map_mix((uintptr_t)&now, (uint64_t)now.tv_nsec);
}

void map_open(struct map *map, uint32_t limit)
{
    memset(map, 0, sizeof *map);
    map->limit = limit;
    map->seed = map_seed();
}

void map_close(struct map *map)
{
    free(map->cells);
    map->cells = NULL;
    map->capacity = map->count = 0;
}

/* Costs about as much as filling it did: a table that was once large does not stay so. */
void map_clear(struct map *map)
{
    if (map->capacity > MAP_KEPT && map->capacity / 8 > map->count)
        map_close(map);
    else if (map->count > 0)
        memset(map->cells, 0, map->capacity * sizeof *map->cells);
    map->count = 0;
}

static struct map_cell *map_cell(const struct map *map, uint64_t key)
{
    uint32_t mask = map->capacity - 1;
    uint32_t i = (uint32_t)map_mix(map->seed, key) & mask;
    while (map->cells[i].value != 0 && map->cells[i].key != key)
        i = (i + 1) & mask;
    return &map->cells[i];
}

static int map_grow(struct map *map)
{
    struct map old = *map;
    uint32_t capacity = old.capacity != 0 ? old.capacity * 2 : MAP_FIRST;
    struct map_cell *cells = calloc(capacity, sizeof *cells);
    if (cells == NULL)
        return 0;
    map->cells = cells;
    map->capacity = capacity;
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (old.cells[i].value != 0)
            *map_cell(map, old.cells[i].key) = old.cells[i];
    }
    free(old.cells);
    return 1;
}

uint32_t map_get(const struct map *map, uint64_t key)
{
    return map->count != 0 ? map_cell(map, key)->value : 0;
}

uint32_t *map_place(struct map *map, uint64_t key)
{
    if (map->capacity != 0) {
        struct map_cell *cell = map_cell(map, key);
        if (cell->value != 0)
            return &cell->value;
    }
    if (map->count >= map->limit)
        return NULL;
    if ((map->count + 1) * 2 > map->capacity && !map_grow(map))
        return NULL;
    struct map_cell *cell = map_cell(map, key);
    cell->key = key;
    map->count++;
    return &cell->value;
}
