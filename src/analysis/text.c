#include "text.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 65536u

struct text_block {
    struct text_block *next;
    size_t used, size;
    char bytes[];
};

void texts_open(struct texts *texts, uint32_t limit, size_t bytes)
{
    memset(texts, 0, sizeof *texts);
    map_open(&texts->numbers, limit);
    texts->left = bytes;
}

void texts_close(struct texts *texts)
{
    while (texts->blocks != NULL) {
        struct text_block *next = texts->blocks->next;
        free(texts->blocks);
        texts->blocks = next;
    }
    free(texts->texts);
    map_close(&texts->numbers);
}

static uint64_t text_hash(uint64_t seed, struct text text)
{
    uint64_t hash = seed ^ text.length, word;
    uint32_t i = 0;
    for (; i + 8 <= text.length; i += 8) {
        memcpy(&word, text.bytes + i, 8);
        hash = map_mix(hash, word);
    }
    word = 0;
    if (i < text.length)
        memcpy(&word, text.bytes + i, text.length - i);
    return map_mix(hash, word);
}

static char *text_room(struct texts *texts, size_t length)
{
    struct text_block *block = texts->blocks;
    if (length > texts->left)
        return NULL;
    if (block == NULL || block->size - block->used < length) {
        size_t size = length > BLOCK_SIZE ? length : BLOCK_SIZE;
        block = malloc(sizeof *block + size);
        if (block == NULL)
            return NULL;
        block->next = texts->blocks;
        block->used = 0;
        block->size = size;
        texts->blocks = block;
    }
    texts->left -= length;
    block->used += length;
    return block->bytes + block->used - length;
}

/* Keeps a copy; 0 or its number. */
static uint32_t text_keep(struct texts *texts, struct text text)
{
    if (texts->count == texts->capacity) {
        uint32_t capacity = texts->capacity != 0 ? texts->capacity * 2 : 64;
        struct text *grown = realloc(texts->texts, capacity * sizeof *grown);
        if (grown == NULL)
            return 0;
        texts->texts = grown;
        texts->capacity = capacity;
    }
    char *bytes = text_room(texts, text.length);
    if (bytes == NULL)
        return 0;
    if (text.length > 0)
        memcpy(bytes, text.bytes, text.length);
    texts->texts[texts->count] = (struct text){bytes, text.length};
    return ++texts->count;
}

uint32_t texts_number(struct texts *texts, struct text text, int add)
{
    uint64_t key = text_hash(texts->numbers.seed, text);
    for (;; key++) {
        uint32_t number = map_get(&texts->numbers, key);
        if (number == 0)
            break;
        const struct text *found = &texts->texts[number - 1];
        if (found->length == text.length && memcmp(found->bytes, text.bytes, text.length) == 0)
            return number;
    }
    if (!add || texts->numbers.count == texts->numbers.limit)
        return 0;
    uint32_t number = text_keep(texts, text);
    uint32_t *place = number != 0 ? map_place(&texts->numbers, key) : NULL;
    if (place == NULL)
        return 0;
    *place = number;
    return number;
}
