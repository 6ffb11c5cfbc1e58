#include "block.h"

#include "compat.h"

#include <pythread.h>
#include <stdint.h>
#include <string.h>

enum { BUCKETS = 64 };

struct blocks {
#ifdef Py_GIL_DISABLED
    PyMutex mutex;
#endif
    size_t count;
    size_t mask; /* number of buckets - 1 */
    struct block **buckets;
    struct block *first[BUCKETS]; /* the buckets, while there are few blocks */
};

/* Where there is a GIL, it is the lock: nothing in here lets go of it. */
#ifdef Py_GIL_DISABLED
#define LOCK(blocks)   PyMutex_Lock(&(blocks)->mutex)
#define UNLOCK(blocks) PyMutex_Unlock(&(blocks)->mutex)
#else
#define LOCK(blocks)   (void)(blocks)
#define UNLOCK(blocks) (void)(blocks)
#endif

struct blocks *blocks_new(void)
{
    struct blocks *blocks = PyMem_RawCalloc(1, sizeof *blocks);
    if (!blocks)
        return NULL;
    blocks->mask = BUCKETS - 1;
    blocks->buckets = blocks->first;
    return blocks;
}

void blocks_free(struct blocks *blocks)
{
    if (!blocks)
        return;
    for (size_t i = 0; i <= blocks->mask; i++) {
        while (blocks->buckets[i]) {
            struct block *block = blocks->buckets[i];
            blocks->buckets[i] = block->below;
            PyMem_RawFree(block);
        }
    }
    if (blocks->buckets != blocks->first)
        PyMem_RawFree(blocks->buckets);
    PyMem_RawFree(blocks);
}

static struct block **bucket_of(struct blocks *blocks, const void *frame)
{
    uint64_t hash = (uint64_t)(uintptr_t)frame * 0x9E3779B97F4A7C15u;
    return &blocks->buckets[(size_t)(hash >> 32) & blocks->mask];
}

/* Puts an block on top of its bucket. */
static void bucket_put(struct blocks *blocks, struct block *block)
{
    struct block **bucket = bucket_of(blocks, block->frame);
    block->below = *bucket;
    *bucket = block;
}

/* More buckets. Entries of a bucket stay in their order. Without memory, it only takes longer. */
static void grow(struct blocks *blocks)
{
    size_t old = blocks->mask + 1;
    struct block **before = blocks->buckets;
    struct block **buckets = PyMem_RawCalloc(old * 2, sizeof(struct block *));
    if (!buckets)
        return;
    blocks->buckets = buckets;
    blocks->mask = old * 2 - 1;
    for (size_t i = 0; i < old; i++) {
        struct block *turned = NULL; /* oldest first */
        for (struct block *block = before[i], *below; block; block = below) {
            below = block->below;
            block->below = turned;
            turned = block;
        }
        for (struct block *block = turned, *above; block; block = above) {
            above = block->below;
            bucket_put(blocks, block);
        }
    }
    if (before != blocks->first)
        PyMem_RawFree(before);
}

int blocks_add(struct blocks *blocks, struct block **owner, const struct block *model)
{
    struct block *block = PyMem_RawMalloc(sizeof *block);
    if (!block)
        return -1;
    *block = *model;
    block->owner = owner;
    block->newer = NULL;
    LOCK(blocks);
    if (blocks->count++ > blocks->mask)
        grow(blocks);
    bucket_put(blocks, block);
    block->older = *owner;
    if (block->older)
        block->older->newer = block;
    *owner = block;
    UNLOCK(blocks);
    return 0;
}

/* Where the newest block of OWNER (NULL: of anybody) by FRAME hangs. */
static struct block **link_find(struct blocks *blocks, struct block **owner, const void *frame)
{
    struct block **link = bucket_of(blocks, frame);
    while (*link && ((*link)->frame != frame || (owner && (*link)->owner != owner)))
        link = &(*link)->below;
    return link;
}

static struct block **link_of(struct blocks *blocks, const struct block *block)
{
    struct block **link = bucket_of(blocks, block->frame);
    while (*link != block)
        link = &(*link)->below;
    return link;
}

static void take(struct blocks *blocks, struct block **link, struct block *found)
{
    struct block *block = *link;
    *found = *block;
    *link = block->below;
    if (block->older)
        block->older->newer = block->newer;
    if (block->newer)
        block->newer->older = block->older;
    else
        *block->owner = block->older;
    blocks->count--;
    PyMem_RawFree(block);
}

int blocks_take(struct blocks *blocks, struct block **owner, const void *frame, struct block *found)
{
    LOCK(blocks);
    struct block **link = link_find(blocks, owner, frame);
    int is = *link != NULL;
    if (is)
        take(blocks, link, found);
    UNLOCK(blocks);
    return is;
}

int blocks_take_other(struct blocks *blocks, struct block **owner, struct block *found)
{
    unsigned long thread = PyThread_get_thread_ident();
    LOCK(blocks);
    struct block *chosen = NULL;
    for (struct block *block = *owner; block; block = block->older) {
        int shared = block->id.d1 != 0;
        if (block->thread == thread && !shared) {
            chosen = block;
            break;
        }
        if (shared && !chosen)
            chosen = block;
    }
    if (chosen)
        take(blocks, link_of(blocks, chosen), found);
    UNLOCK(blocks);
    return chosen != NULL;
}

/* Returns whether there is a block to look at. */
static int show(const struct block *block, struct block *found)
{
    if (block)
        *found = *block;
    return block != NULL;
}

int blocks_find(struct blocks *blocks, struct block **owner, const void *frame, struct block *found)
{
    LOCK(blocks);
    int is = show(*link_find(blocks, owner, frame), found);
    UNLOCK(blocks);
    return is;
}

int blocks_find_newest(struct blocks *blocks, struct block **owner, struct block *found)
{
    LOCK(blocks);
    int is = show(*owner, found);
    UNLOCK(blocks);
    return is;
}

size_t blocks_count(const struct blocks *blocks)
{
    return __atomic_load_n(&blocks->count, __ATOMIC_RELAXED);
}

int blocks_current(struct blocks *blocks, const void *frame, struct block *found)
{
    LOCK(blocks);
    int is = show(*link_find(blocks, NULL, frame), found);
    UNLOCK(blocks);
    return is;
}

void blocks_forget(struct blocks *blocks, struct block **owner)
{
    struct block found;
    LOCK(blocks);
    while (*owner)
        take(blocks, link_of(blocks, *owner), &found);
    UNLOCK(blocks);
}
