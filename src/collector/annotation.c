#define _GNU_SOURCE
#include "annotation.h"
#include "wire.h"
#include <stdio.h>

#define KEY_MAX     512u
#define FIXED       32u /* tags and lengths */
#define ELEMENT_MAX 16u /* a number within an array */
#define NOTE_MAX    64u

static const struct text no_data = {"(null)", 6};
static const struct text no_type = {"(unknown type)", 14};

/* Bytes of one number; 0: none that we know. */
static size_t number_size(uint32_t type)
{
    static const uint8_t sizes[] = {[__itt_metadata_u64] = 8,   [__itt_metadata_s64] = 8,
                                    [__itt_metadata_u32] = 4,   [__itt_metadata_s32] = 4,
                                    [__itt_metadata_u16] = 2,   [__itt_metadata_s16] = 2,
                                    [__itt_metadata_float] = 4, [__itt_metadata_double] = 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

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

static uint8_t *put_double(uint8_t *at, double value)
{
    at = wire_tag(at, 5, WIRE_FIXED64);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

/* One number, wherever it lies: clients' data need not be aligned. */
static uint8_t *put_number(uint8_t *at, uint32_t type, const uint8_t *from)
{
    union {
        uint64_t u64;
        uint32_t u32;
        int32_t s32;
        uint16_t u16;
        int16_t s16;
        float single;
        double twice;
    } value;
    memcpy(&value, from, number_size(type));
    switch (type) {
    case __itt_metadata_s64:
        return wire_uint(at, 4, value.u64);
    case __itt_metadata_u32:
        return wire_uint(at, 3, value.u32);
    case __itt_metadata_s32:
        return wire_uint(at, 4, (uint64_t)(int64_t)value.s32);
    case __itt_metadata_u16:
        return wire_uint(at, 3, value.u16);
    case __itt_metadata_s16:
        return wire_uint(at, 4, (uint64_t)(int64_t)value.s16);
    case __itt_metadata_float:
        return put_double(at, (double)value.single);
    case __itt_metadata_double:
        return put_double(at, value.twice);
    default:
        return wire_uint(at, 3, value.u64);
    }
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

static uint8_t *put_array(uint8_t *at, const struct annotation *annotation)
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
