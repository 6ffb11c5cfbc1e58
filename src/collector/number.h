/* A number of a type that clients tell: of metadata and counters. */
#ifndef ITT_COLLECTOR_NUMBER_H
#define ITT_COLLECTOR_NUMBER_H

#include "ittnotify.h"
#include <stdint.h>
#include <string.h>

enum number_kind { NUMBER_UNSIGNED, NUMBER_SIGNED, NUMBER_DOUBLE };

struct number {
    enum number_kind kind;
    uint64_t bits; /* of the uint64_t, int64_t or double */
};

/* In bytes; 0: no number. */
static inline size_t number_size(uint32_t type)
{
    static const uint8_t sizes[] = {[__itt_metadata_u64] = 8,   [__itt_metadata_s64] = 8,
                                    [__itt_metadata_u32] = 4,   [__itt_metadata_s32] = 4,
                                    [__itt_metadata_u16] = 2,   [__itt_metadata_s16] = 2,
                                    [__itt_metadata_float] = 4, [__itt_metadata_double] = 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

static inline struct number number_of_double(double value)
{
    struct number number = {.kind = NUMBER_DOUBLE};
    memcpy(&number.bits, &value, sizeof value);
    return number;
}

/* Wherever it lies: clients' data need not be aligned. */
static inline struct number number_read(uint32_t type, const void *from)
{
    union {
        uint64_t u64;
        uint32_t u32;
        int32_t s32;
        uint16_t u16;
        int16_t s16;
        float single;
    } value;
    switch (type) {
    case __itt_metadata_u32:
        memcpy(&value, from, 4);
        return (struct number){NUMBER_UNSIGNED, value.u32};
    case __itt_metadata_s32:
        memcpy(&value, from, 4);
        return (struct number){NUMBER_SIGNED, (uint64_t)(int64_t)value.s32};
    case __itt_metadata_u16:
        memcpy(&value, from, 2);
        return (struct number){NUMBER_UNSIGNED, value.u16};
    case __itt_metadata_s16:
        memcpy(&value, from, 2);
        return (struct number){NUMBER_SIGNED, (uint64_t)(int64_t)value.s16};
    case __itt_metadata_float:
        memcpy(&value, from, 4);
        return number_of_double((double)value.single);
    default:
        memcpy(&value, from, 8);
        return (struct number){type == __itt_metadata_double ? NUMBER_DOUBLE
                               : type == __itt_metadata_s64  ? NUMBER_SIGNED
                                                             : NUMBER_UNSIGNED,
                               value.u64};
    }
}

#endif
