/* What the fuzzers of the reader and of settling share. */
#ifndef ITT_TEST_FUZZ_H
#define ITT_TEST_FUZZ_H

#include "format.h"
#include "wire.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void fuzz_check(bool right, const char *what)
{
    if (right)
        return;
    printf("impossible: %s\n", what);
    fflush(stdout);
    abort();
}

/* A head as recording_create() makes it: what its packets are is told in recording.c. */
static inline void fuzz_head(int fd)
{
    uint8_t page[ITT_HEAD_OFFSET + sizeof(struct recording_head)] = {WIRE_PACKET_TAG, 30, WIRE_COVER_TAG, 28};
    struct recording_head *head = (struct recording_head *)(void *)(page + ITT_HEAD_OFFSET);
    const uint64_t cover = wire_cover(ITT_UNIT_SIZE - 32);
    memcpy(page + 32, &cover, 8);
    memcpy(head->magic, ITT_MAGIC, 8);
    head->version = ITT_FORMAT_VERSION;
    head->unit_size = ITT_UNIT_SIZE;
    if (pwrite(fd, page, sizeof page, 0) != sizeof page)
        abort();
}

/*
 * Writes an input to a file of at most so many units. A compact one, by which small inputs make files of many units, is 'U', or 'H'
 * for a head in unit 0, then for each further unit two bytes of length (little endian; the highest bit: the rest of the unit stays
 * empty, else it goes under a cover) and the bytes. Any other is the file as it is. The size of the file.
 */
static inline size_t fuzz_write(int fd, const uint8_t *data, size_t size, unsigned units)
{
    size_t end = 0;
    if (ftruncate(fd, 0) != 0)
        abort();
    if (size == 0 || (data[0] != 'U' && data[0] != 'H')) {
        if (pwrite(fd, data, size, 0) != (ssize_t)size)
            abort();
        return size;
    }
    unsigned unit = data[0] == 'H';
    if (unit != 0) {
        fuzz_head(fd);
        end = ITT_UNIT_SIZE;
    }
    data++, size--;
    for (; unit < units && size >= 2; unit++) {
        size_t length = (size_t)(data[0] | (data[1] & 0x7f) << 8);
        bool covered = !(data[1] & 0x80);
        data += 2, size -= 2;
        length = length < size ? length : size;
        uint64_t cover = wire_cover((uint32_t)(ITT_UNIT_SIZE - length));
        off_t at = (off_t)unit * ITT_UNIT_SIZE;
        end = (size_t)at + (size > length ? ITT_UNIT_SIZE : length);
        if (pwrite(fd, data, length, at) != (ssize_t)length)
            abort();
        if (covered && size > length && pwrite(fd, &cover, 8, at + (off_t)length) != 8)
            abort();
        data += length, size -= length;
    }
    if (ftruncate(fd, (off_t)end) != 0)
        abort();
    return end;
}

#endif
