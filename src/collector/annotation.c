#define _GNU_SOURCE
#include "annotation.h"
#include "number.h"
#include "wire.h"
#include <stdio.h>

#define KEY_MAX     512u
#define FIXED       32u /* tags and lengths */
#define ELEMENT_MAX 16u /* a number within an array */
#define NOTE_MAX    64u

static const struct text no_data = {"(null)", 6};
static const struct text no_type = {"(unknown type)", 14};

/* What is shown in the place of a value that is none. */
static struct text text_of(const struct annotation *annotation)
{
    if (annotation->data == NULL)
        return no_data;
    if (annotation->type == ANNOTATION_TEXT)
        return (struct text){annotation->data, annotation->count};
    return number_size(annotation->type) ? (struct text){"[]", 2} : no_type;
}

static bool is_number(const struct annotation *annotation)
{
    return annotation->data != NULL && annotation->count > 0 && number_size(annotation->type) != 0;
}

/* Every byte may become three: see name_clean_text(). */
static size_t cost_text(size_t length, size_t most)
{
    return length > most / 3 ? most : 3 * length + 3;
}

size_t annotation_cost(const struct annotation *annotation)
{
    size_t cost = FIXED + cost_text(annotation->key.length, KEY_MAX);
    if (!is_number(annotation))
        return cost + cost_text(text_of(annotation).length, ANNOTATION_MAX);
    if (annotation->count <= 1)
        return cost;
    if (annotation->count > (ANNOTATION_MAX - NOTE_MAX) / ELEMENT_MAX)
        return cost + ANNOTATION_MAX;
    return cost + annotation->count * ELEMENT_MAX;
}

static inline uint8_t *put_number(uint8_t *at, uint32_t type, const void *from)
{
    struct number number = number_read(type, from);
    if (number.kind != NUMBER_DOUBLE)
        return wire_uint(at, number.kind == NUMBER_SIGNED ? 4 : 3, number.bits);
    at = wire_tag(at, 5, WIRE_FIXED64);
    memcpy(at, &number.bits, sizeof number.bits);
    return at + sizeof number.bits;
}

/* A message whose length may take one byte where it is surely short: else as wire_open(). */
static uint8_t *open_message(uint8_t *at, uint32_t field, size_t most, uint8_t **open)
{
    if (most >= 128)
        return wire_open(at, field, open);
    at = wire_tag(at, field, WIRE_BYTES);
    *open = at;
    return at + 1;
}

static uint8_t *close_message(uint8_t *at, size_t most, uint8_t *open)
{
    if (most >= 128)
        return wire_close(at, open);
    *open = (uint8_t)(at - open - 1);
    return at;
}

static uint8_t *put_text(uint8_t *at, uint32_t field, struct text text, size_t most)
{
    uint8_t *open;
    size_t cost = cost_text(text.length, most);
    at = open_message(at, field, cost, &open);
    at += name_clean_text((char *)at, cost, text);
    return close_message(at, cost, open);
}

static uint8_t *put_key(uint8_t *at, const struct annotation *annotation)
{
    if (!annotation->clean_key || annotation->key.length >= KEY_MAX)
        return put_text(at, 10, annotation->key, KEY_MAX);
    return wire_text(at, 10, annotation->key.bytes, annotation->key.length);
}

static __attribute__((noinline)) uint8_t *put_array(uint8_t *at, const struct annotation *annotation)
{
    const uint8_t *from = annotation->data;
    const uint8_t *end = at + ANNOTATION_MAX - NOTE_MAX - ELEMENT_MAX;
    size_t size = number_size(annotation->type);
    uint8_t *open;
    for (size_t i = 0; i < annotation->count && at <= end; i++) {
        at = open_message(at, 12, ELEMENT_MAX, &open);
        at = close_message(put_number(at, annotation->type, from + i * size), ELEMENT_MAX, open);
        if (at > end && i + 1 < annotation->count) {
            char note[NOTE_MAX - 16];
            int n = snprintf(note, sizeof note, "\xe2\x80\xa6 %zu in all", annotation->count);
            at = open_message(at, 12, NOTE_MAX, &open);
            at = close_message(wire_text(at, 6, note, (size_t)n), NOTE_MAX, open);
        }
    }
    return at;
}

uint8_t *annotation_put_inside(uint8_t *at, const struct annotation *annotation)
{
    at = put_key(at, annotation);
    if (!is_number(annotation))
        return put_text(at, 6, text_of(annotation), ANNOTATION_MAX);
    if (annotation->count <= 1)
        return put_number(at, annotation->type, annotation->data);
    return put_array(at, annotation);
}

uint8_t *annotation_put(uint8_t *at, const struct annotation *annotation)
{
    size_t cost = annotation_cost(annotation);
    uint8_t *open;
    at = open_message(at, 4, cost, &open);
    return close_message(annotation_put_inside(at, annotation), cost, open);
}
