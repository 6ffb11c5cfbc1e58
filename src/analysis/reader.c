#define _GNU_SOURCE
#include "reader.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_SIZE   (512u << 10)
#define BLOCK_SPARE  64u /* may be read behind a block's end */
#define PACKET_MAX   (ITT_LARGE_CHUNK + 16u)
#define PROBE_BYTES  (16u << 20) /* without anything of ours in them, a file is none of ours */
#define RETRIES_MAX  64u
#define FIRST_PACKET 32u /* bytes: too few for what starts a segment */

int reader_file(const char *path, int *fd, uint64_t *size)
{
    struct stat st;
    /* Not blocking: a pipe that nobody writes to must not hold us. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return errno;
    if (fstat(*fd, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? EISDIR : S_ISFIFO(st.st_mode) ? READER_PIPE : READER_FOREIGN;
    *size = (uint64_t)st.st_size;
    posix_fadvise(*fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return *size == 0 ? READER_EMPTY : 0;
}

bool reader_open(struct reader *reader, struct summary *summary, int fd, uint64_t size)
{
    memset(reader, 0, sizeof *reader);
    bool ready = segment_open(&reader->segment, summary);
    reader->fd = fd;
    reader->size = size;
    reader->block = malloc(BLOCK_SIZE + BLOCK_SPARE);
    reader->damaged_before = summary->damaged;
    if (reader->block == NULL || !ready)
        reader->error = ENOMEM;
    return reader->error == 0;
}

void reader_close(struct reader *reader)
{
    segment_finish(&reader->segment, SEGMENT_NONE);
    segment_close(&reader->segment);
    free(reader->block);
    reader->block = NULL;
}

/* Loads the block that starts at reader->at. A file that shrinks ends where it ends. */
static bool load(struct reader *reader)
{
    reader->offset = reader->at;
    reader->length = 0;
    while (reader->length < BLOCK_SIZE && reader->offset + reader->length < reader->size) {
        uint64_t from = reader->offset + reader->length;
        uint64_t left = reader->size - from, room = BLOCK_SIZE - reader->length;
        ssize_t n = pread(reader->fd, reader->block + reader->length, left < room ? left : room, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            reader->error = errno;
            return false;
        }
        if (n == 0)
            reader->size = from;
        reader->length += (size_t)n;
    }
    memset(reader->block + reader->length, 0, BLOCK_SPARE);
    return true;
}

/* The bytes at reader->at that are there, at least `wanted` of them unless the file ends. */
static struct span look(struct reader *reader, size_t wanted)
{
    uint64_t into = reader->at - reader->offset;
    bool inside = reader->at >= reader->offset && into <= reader->length;
    if (!inside || (reader->length - into < wanted && reader->offset + reader->length < reader->size)) {
        if (!load(reader))
            return (struct span){reader->block, reader->block};
        into = 0;
    }
    return (struct span){reader->block + into, reader->block + reader->length};
}

static bool at_unit_start(const struct reader *reader)
{
    return (reader->at - reader->base) % ITT_UNIT_SIZE == 0;
}

static uint64_t next_unit(const struct reader *reader)
{
    uint64_t next = reader->at + ITT_UNIT_SIZE - (reader->at - reader->base) % ITT_UNIT_SIZE;
    return next < reader->size ? next : reader->size;
}

static void damaged(struct reader *reader, uint64_t up_to)
{
    reader->segment.summary->damaged += up_to - reader->at;
    reader->at = up_to;
}

/* A hole: units that were reserved and never used. Steps over what the file system knows to be empty. */
static void skip_hole(struct reader *reader)
{
    uint64_t next = next_unit(reader);
    off_t data = lseek(reader->fd, (off_t)next, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
        next = reader->size;
    else if (data > (off_t)next)
        next += ((uint64_t)data - next) / ITT_UNIT_SIZE * ITT_UNIT_SIZE;
    reader->at = next;
    segment_finish(&reader->segment, SEGMENT_NONE);
}

/* The tag and length of a packet: the position of what is in it. NULL: none that could be ours. */
static const uint8_t *packet_start(struct span span, uint64_t *length)
{
    if (span.at == span.end || *span.at != WIRE_PACKET_TAG)
        return NULL;
    const uint8_t *at = wire_read_varint(span.at + 1, span.end, length);
    return at != NULL && *length <= PACKET_MAX ? at : NULL;
}

/* Whether nothing but a cover is in a packet. */
static bool is_cover(const uint8_t *at, struct span span, uint64_t length)
{
    uint64_t covered;
    if (at == span.end || *at != WIRE_COVER_TAG)
        return false;
    const uint8_t *inside = wire_read_varint(at + 1, span.end, &covered);
    return inside != NULL && (uint64_t)(inside - at) + covered == length;
}

/* The head under the cover of a recording's first unit, which lies at reader->at. */
static void take_head(struct reader *reader)
{
    struct recording_head head;
    struct span span = look(reader, sizeof head + 8);
    if ((size_t)(span.end - span.at) < sizeof head + 8)
        return;
    memcpy(&head, span.at + 8, sizeof head);
    if (memcmp(head.magic, ITT_MAGIC, sizeof head.magic) != 0)
        return;
    segment_finish(&reader->segment, SEGMENT_NONE);
    reader->base = reader->at - (ITT_HEAD_OFFSET - 8);
    reader->ours = true;
    reader->astray = false;
    if (head.version > ITT_FORMAT_VERSION)
        reader->segment.summary->newer = true;
    /* Slots in another file: full ones come here, to the places that spill_next counts. */
    uint64_t units = head.slots_path[0] != '\0' ? head.spill_next : head.next;
    struct stat st;
    uint64_t left = fstat(reader->fd, &st) == 0 ? (uint64_t)st.st_size - reader->base : UINT64_MAX;
    reader->missing = units <= UINT64_MAX / ITT_UNIT_SIZE && units * ITT_UNIT_SIZE > left
                          ? units * ITT_UNIT_SIZE - left
                          : 0;
    reader->segment.source = summary_source(reader->segment.summary, &head);
    reader->has_source = true;
}

/*
 * Behind damage only a packet that starts a segment or a recording, or a cover up to the end of a unit, is trusted: anything
 * else may be the middle of something.
 */
static bool is_landmark(const struct reader *reader, struct span span, const uint8_t *at, uint64_t length)
{
    struct packet packet;
    uint64_t total = (uint64_t)(at - span.at) + length;
    if (is_cover(at, span, length))
        return total % ITT_UNIT_SIZE == 0 && at_unit_start(reader);
    if (length > (uint64_t)(span.end - at) || !packet_read(at, at + length, &packet))
        return false;
    return (packet.flags & 1 && packet.info.at != NULL) || (total == FIRST_PACKET && packet.sequence == 0);
}

/*
 * Something at reader->at is not right. It may just have been written: it is read again, once. If that does not help,
 * the rest of the segment is given up, and all up to `up_to` skipped.
 */
static bool give_up(struct reader *reader, uint64_t up_to)
{
    if (reader->segment.state != SEGMENT_LOST && reader->retried != reader->at + 1 &&
        reader->retries < RETRIES_MAX) {
        reader->retried = reader->at + 1;
        reader->retries++;
        load(reader);
        return false;
    }
    segment_finish(&reader->segment, SEGMENT_LOST);
    damaged(reader, up_to);
    return true;
}

static void feed(struct reader *reader, struct span packet)
{
    uint64_t next = reader->offset + (uint64_t)(packet.end - reader->block);
    /* The recording's first packet is ahead of its head. */
    if (!reader->has_source && next - reader->at != FIRST_PACKET) {
        reader->segment.source = summary_source(reader->segment.summary, NULL);
        reader->has_source = true;
    }
    if (!segment_feed(&reader->segment, packet, at_unit_start(reader))) {
        give_up(reader, next);
        return;
    }
    reader->ours |= reader->segment.state != SEGMENT_NONE;
    reader->at = next;
}

static void take_packet(struct reader *reader)
{
    uint64_t length;
    struct span span = look(reader, 16);
    if (at_unit_start(reader) && span.end - span.at >= 8 && memcmp(span.at, "\0\0\0\0\0\0\0", 8) == 0) {
        skip_hole(reader);
        return;
    }
    const uint8_t *at = packet_start(span, &length);
    uint64_t total = at != NULL ? (uint64_t)(at - span.at) + length : 0;
    bool cover = at != NULL && is_cover(at, span, length);
    bool whole = at != NULL && total <= reader->size - reader->at;
    if (cover && length >= sizeof(struct recording_head) + 4)
        take_head(reader);
    if (!whole) {
        reader->astray |= give_up(reader, next_unit(reader));
        return;
    }
    span = look(reader, cover ? 16 : total);
    if (!cover && (uint64_t)(span.end - span.at) < total)
        return; /* the file became shorter: the next look tells */
    at = span.at + (total - length);
    if (reader->astray && !is_landmark(reader, span, at, length)) {
        damaged(reader, next_unit(reader));
        return;
    }
    reader->astray = false;
    if (cover)
        reader->at += total;
    else
        feed(reader, (struct span){at, at + length});
}

/* Whether a segment starts here, and a unit: reading may begin here. */
static bool starts_well(struct reader *reader)
{
    struct packet packet;
    uint64_t length;
    struct span span = look(reader, 16);
    const uint8_t *at = at_unit_start(reader) ? packet_start(span, &length) : NULL;
    if (at == NULL || is_cover(at, span, length))
        return false;
    uint64_t total = (uint64_t)(at - span.at) + length;
    span = look(reader, total);
    if ((uint64_t)(span.end - span.at) < total)
        return false;
    at = span.at + (total - length);
    return packet_read(at, at + length, &packet) && packet.flags & 1 && packet.info.at != NULL;
}

bool reader_seek(struct reader *reader, uint64_t from, uint64_t to)
{
    if (reader->error != 0)
        return false;
    reader->at = ITT_HEAD_OFFSET - 8;
    take_head(reader);
    if (!reader->has_source || reader->base != 0)
        return false;
    for (reader->at = from; reader->at < to && reader->at < reader->size && reader->error == 0;) {
        struct span span = look(reader, 16);
        if (starts_well(reader))
            return true;
        if (span.end - span.at >= 8 && memcmp(span.at, "\0\0\0\0\0\0\0", 8) == 0)
            skip_hole(reader);
        else
            reader->at = next_unit(reader);
    }
    return false;
}

bool reader_read(struct reader *reader, uint64_t stop)
{
    while (reader->at < reader->size && reader->error == 0) {
        if (reader->at >= stop && starts_well(reader))
            break;
        struct span span = look(reader, 16);
        const uint8_t *at = segment_run(&reader->segment, span.at, span.end);
        if (at == span.at)
            take_packet(reader);
        reader->at += (uint64_t)(at - span.at);
        if (reader->at >= PROBE_BYTES && !reader->ours)
            break;
    }
    if (reader->error == 0 && reader->at < reader->size && reader->ours)
        return true;
    segment_finish(&reader->segment, SEGMENT_NONE);
    if (reader->error == 0 && !reader->ours) {
        reader->error = READER_FOREIGN;
        reader->segment.summary->damaged = reader->damaged_before;
    }
    return false;
}
