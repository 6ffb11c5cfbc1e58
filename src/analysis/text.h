/* Texts, each kept once and known by a number from 1. */
#ifndef ITT_ANALYSIS_TEXT_H
#define ITT_ANALYSIS_TEXT_H

#include "map.h"

struct text {
    const char *bytes;
    uint32_t length;
};

struct text_block;

struct texts {
    struct map numbers; /* hash of the text -> its number */
    struct text *texts; /* by number - 1 */
    uint32_t count, capacity;
    struct text_block *blocks;
    size_t left; /* bytes it may still take */
};

void texts_open(struct texts *texts, uint32_t limit, size_t bytes);
void texts_close(struct texts *texts);

/* The text's number; 0 where it is not there and, if `add`, there is no room for it. */
uint32_t texts_number(struct texts *texts, struct text text, int add);

#endif
