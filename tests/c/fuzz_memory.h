/*
 * Put before each file of a fuzzed program (-include): the few large blocks that the reader takes for each trace are kept for the
 * next one. Mapping them anew is most of what reading a small trace costs.
 */
#define _GNU_SOURCE
#ifndef ITT_TEST_FUZZ_MEMORY_H
#define ITT_TEST_FUZZ_MEMORY_H

#include <stdlib.h>
#include <string.h>

#define FUZZ_LARGE (100u << 10)
#define FUZZ_KEPT  16

struct fuzz_block {
    void *memory;
    size_t size;
    int used;
};

extern struct fuzz_block fuzz_blocks[FUZZ_KEPT];

static inline void *fuzz_take(size_t size)
{
    for (int i = 0; size >= FUZZ_LARGE && i < FUZZ_KEPT; i++) {
        struct fuzz_block *block = &fuzz_blocks[i];
        if (block->memory == NULL)
            *block = (struct fuzz_block){malloc(size), size, 0};
        if (block->size == size && !block->used) {
            block->used = 1;
            return block->memory;
        }
    }
    return NULL;
}

static inline void *fuzz_malloc(size_t size)
{
    void *memory = fuzz_take(size);
    return memory != NULL ? memory : malloc(size);
}

static inline void *fuzz_calloc(size_t count, size_t size)
{
    void *memory = fuzz_take(count * size);
    return memory != NULL ? memset(memory, 0, count * size) : calloc(count, size);
}

static inline void fuzz_free(void *memory)
{
    for (int i = 0; i < FUZZ_KEPT; i++) {
        if (memory != NULL && fuzz_blocks[i].memory == memory) {
            fuzz_blocks[i].used = 0;
            return;
        }
    }
    free(memory);
}

#define malloc(size)        fuzz_malloc(size)
#define calloc(count, size) fuzz_calloc(count, size)
#define free(memory)        fuzz_free(memory)

#endif
