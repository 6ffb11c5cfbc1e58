#ifndef RECORDS_H
#define RECORDS_H

#include <stdint.h>

#define RECORDS_KEYS 4096

struct parser {
    const char *at; /* well formed; ends with a NUL */
    char text[256]; /* of the last string */
    /* What it makes of it: */
    double sum;
    long numbers, texts;
    int deepest;
    uint32_t keys[RECORDS_KEYS];
};

/* To its end, one record a line; returns how many. */
long records_parse_labelled(struct parser *p);
long records_parse_plain(struct parser *p);

#endif
