/* Protobuf, the little of it that a trace needs. Every function returns the position behind what it wrote. */
#ifndef ITT_TRACE_WIRE_H
#define ITT_TRACE_WIRE_H

#include "format.h"
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

#define WIRE_PACKET_TAG 0x0A /* Trace.packet */
#define WIRE_COVER_TAG  0x7A /* TracePacket, ITT_FIELD_COVER */
#define WIRE_EVENT_TAG  0x5A /* TracePacket.track_event */
#define WIRE_COVER_MIN  8u

static inline uint8_t *wire_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

/* A varint of exactly three bytes, for values below 2^21. */
static inline uint32_t wire_padded3(uint32_t value)
{
    return (value & 0x7f) | 0x80 | (value >> 7 & 0x7f) << 8 | 0x8000 | (value >> 14 & 0x7f) << 16;
}

/* A varint of eight bytes of a value's lower 56 bits. */
static inline uint64_t wire_padded8(uint64_t value)
{
    value = (value & 0x000000000fffffff) | (value & 0x00fffffff0000000) << 4;
    value = (value & 0x00003fff00003fff) | (value & 0x0fffc0000fffc000) << 2;
    value = (value & 0x007f007f007f007f) | (value & 0x3f803f803f803f80) << 1;
    return value | 0x0080808080808080;
}

static inline uint8_t *wire_tag(uint8_t *at, uint32_t field, uint32_t type)
{
    return wire_varint(at, (uint64_t)field << 3 | type);
}

static inline uint8_t *wire_uint(uint8_t *at, uint32_t field, uint64_t value)
{
    return wire_varint(wire_tag(at, field, WIRE_VARINT), value);
}

static inline uint8_t *wire_text(uint8_t *at, uint32_t field, const char *text, size_t length)
{
    at = wire_varint(wire_tag(at, field, WIRE_BYTES), length);
    memcpy(at, text, length);
    return at + length;
}

/*
 * A message of yet unknown length: wire_open() leaves three bytes for it, wire_close() fills them in.
 *
 *   [tag][len3][ fields ... ]
 *        ^open              ^at
 */
static inline uint8_t *wire_open(uint8_t *at, uint32_t field, uint8_t **open)
{
    at = wire_tag(at, field, WIRE_BYTES);
    *open = at;
    return at + 3;
}

static inline uint8_t *wire_close(uint8_t *at, uint8_t *open)
{
    uint32_t length = wire_padded3((uint32_t)(at - open - 3));
    open[0] = (uint8_t)length;
    open[1] = (uint8_t)(length >> 8);
    open[2] = (uint8_t)(length >> 16);
    return at;
}

/* The first 8 bytes of a cover over `total` bytes, themselves included: 0A len3 7A len3. */
static inline uint64_t wire_cover(uint32_t total)
{
    return WIRE_PACKET_TAG | (uint64_t)wire_padded3(total - 4) << 8 | (uint64_t)WIRE_COVER_TAG << 32 |
           (uint64_t)wire_padded3(total - 8) << 40;
}

/* The cover over `size` bytes less, at most 127. What a digit lacks (its top bit is then clear) it takes from the next one. */
static inline uint64_t wire_cover_less(uint64_t cover, uint32_t size)
{
    const uint64_t first = 0x0000800000008000, second = 0x0080000000800000;
    cover -= (uint64_t)size << 8 | (uint64_t)size << 40;
    cover -= ~cover & first;
    return cover - (~cover & second);
}

/* The low seven bits of each byte, put together. */
static inline uint64_t wire_digits(uint64_t word)
{
    word = (word & 0x007f007f007f007f) | (word & 0x7f007f007f007f00) >> 1;
    word = (word & 0x00003fff00003fff) | (word & 0x3fff00003fff0000) >> 2;
    return (word & 0x000000000fffffff) | (word & 0x0fffffff00000000) >> 4;
}

static inline const uint8_t *wire_read_long(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
    uint64_t sum = 0, word;
    if (end - at >= 10) {
        memcpy(&word, at, 8);
        uint64_t stop = ~word & 0x8080808080808080;
        if (stop != 0) {
            *value = wire_digits(word & (stop ^ (stop - 1)));
            return at + __builtin_ctzll(stop) / 8 + 1;
        }
        *value = wire_digits(word) | (uint64_t)(at[8] & 0x7f) << 56 | (uint64_t)(at[8] >> 7 & at[9]) << 63;
        return at[8] < 0x80 ? at + 9 : at[9] < 0x80 ? at + 10 : NULL;
    }
    for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
        uint8_t byte = *at++;
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = sum;
            return at;
        }
    }
    return NULL;
}

/* Reads a varint; NULL where it does not end before `end` or is longer than ten bytes. Most have three bytes or fewer. */
static inline const uint8_t *wire_read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
    if (end - at < 3)
        return wire_read_long(at, end, value);
    if (at[0] < 0x80) {
        *value = at[0];
        return at + 1;
    }
    if (at[1] < 0x80) {
        *value = (uint64_t)(at[0] & 0x7f) | (uint64_t)at[1] << 7;
        return at + 2;
    }
    if (at[2] < 0x80) {
        *value = (uint64_t)(at[0] & 0x7f) | (uint64_t)(at[1] & 0x7f) << 7 | (uint64_t)at[2] << 14;
        return at + 3;
    }
    return wire_read_long(at, end, value);
}

/* One field of a message. `data` and `value`: the bytes and their count for WIRE_BYTES, else only the value. */
struct wire_field {
    uint32_t number;
    uint32_t type;
    uint64_t value;
    const uint8_t *start; /* its tag */
    const uint8_t *data;
};

/* Reads the field at `at`; returns the position behind it, NULL where it does not parse or ends behind `end`. */
static inline const uint8_t *wire_read_field(const uint8_t *at, const uint8_t *end, struct wire_field *field)
{
    uint64_t tag;
    field->start = at;
    at = wire_read_varint(at, end, &tag);
    if (at == NULL || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
        return NULL;
    field->number = (uint32_t)(tag >> 3);
    field->type = (uint32_t)(tag & 7);
    field->data = at;
    field->value = 0;
    switch (field->type) {
    case WIRE_VARINT:
        return wire_read_varint(at, end, &field->value);
    case WIRE_FIXED64:
        if (end - at < 8)
            return NULL;
        memcpy(&field->value, at, 8);
        return at + 8;
    case WIRE_FIXED32:
        if (end - at < 4)
            return NULL;
        memcpy(&field->value, at, 4);
        return at + 4;
    case WIRE_BYTES:
        at = wire_read_varint(at, end, &field->value);
        if (at == NULL || field->value > (uint64_t)(end - at))
            return NULL;
        field->data = at;
        return at + field->value;
    default:
        return NULL;
    }
}

#endif
