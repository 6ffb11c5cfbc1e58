/* An annotation of an event: a key with a number, a text, or an array of numbers. */
#ifndef ITT_COLLECTOR_ANNOTATION_H
#define ITT_COLLECTOR_ANNOTATION_H

#include "name.h"
#include <string.h>

/* Types beside those of __itt_metadata_type. */
#define ANNOTATION_TEXT 9u

/* Longest value in bytes, so that an event always fits a slot; what is longer is cut, and says so. */
#define ANNOTATION_MAX 80000u

struct annotation {
    struct text key; /* bytes of any kind, but for: */
    bool clean_key;  /* it is a name's text */
    uint32_t type;
    size_t count;     /* of numbers, or of bytes of text: also of any kind */
    const void *data; /* NULL: shown as "(null)" */
};

static inline struct annotation annotation_text(const char *key, struct text text)
{
    return (struct annotation){{key, strlen(key)}, false, ANNOTATION_TEXT, text.length, text.bytes};
}

/* Upper bound of the bytes it takes. */
size_t annotation_cost(const struct annotation *annotation);

/* Puts it as a field of a track event; only what is in that field. Returns the position behind. */
uint8_t *annotation_put(uint8_t *at, const struct annotation *annotation);
uint8_t *annotation_put_inside(uint8_t *at, const struct annotation *annotation);

#endif
