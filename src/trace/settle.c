/*
 * Setting a recording in order when its run is over. Only the analysis calls this, never a traced process. Processes hold
 * a shared lock of the file that their slots lie in, as long as they live.
 */
#define _GNU_SOURCE
#include "claim.h"
#include "file.h"
#include "recording.h"
#include "wire.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A chunk of the file copied to memory: how much of it is packets, and who wrote it. */
struct chunk {
    uint8_t *bytes; /* ITT_LARGE_CHUNK */
    size_t used;
    size_t size;       /* with the cover behind them; 0 where that does not parse */
    uint64_t sequence; /* of its first segment; 0: an empty chunk, or none */
    uint64_t pid;
};

/* The segment's pid from its first packet; 0 where it has none. */
static uint64_t segment_pid(const uint8_t *packet, const uint8_t *end, uint64_t *sequence)
{
    struct wire_field field, inner;
    uint64_t pid = 0;
    *sequence = 0;
    while (packet != NULL && packet < end) {
        packet = wire_read_field(packet, end, &field);
        if (packet != NULL && field.number == 10 && field.type == WIRE_VARINT)
            *sequence = field.value;
        if (packet == NULL || field.number != ITT_FIELD_SEGMENT || field.type != WIRE_BYTES)
            continue;
        const uint8_t *at = field.data, *stop = at + field.value;
        while (at != NULL && at < stop) {
            at = wire_read_field(at, stop, &inner);
            if (at != NULL && inner.number == 2)
                pid = inner.value;
        }
    }
    return pid;
}

/* Whether the packet is a cover: one field 15 and nothing else. */
static bool is_cover(const struct wire_field *packet)
{
    struct wire_field field;
    const uint8_t *end = packet->data + packet->value;
    return wire_read_field(packet->data, end, &field) == end && field.number == ITT_FIELD_COVER;
}

/* Reads the chunk that starts at a unit's boundary, up to its cover. */
static void chunk_read(int fd, uint64_t offset, struct chunk *chunk)
{
    struct wire_field packet;
    int64_t n = file_read(fd, chunk->bytes, ITT_LARGE_CHUNK, offset);
    const uint8_t *at = chunk->bytes, *end = at + (n > 0 ? n : 0);
    chunk->used = chunk->size = 0;
    chunk->sequence = chunk->pid = 0;
    while (at < end) {
        const uint8_t *next = wire_read_field(at, end, &packet);
        if (next == NULL || packet.number != 1 || packet.type != WIRE_BYTES)
            break;
        if (is_cover(&packet)) {
            chunk->size = (size_t)(next - chunk->bytes);
            break;
        }
        if (at == chunk->bytes) {
            chunk->pid = segment_pid(packet.data, next, &chunk->sequence);
            if (chunk->pid == 0)
                break;
        }
        at = next;
    }
    chunk->used = chunk->pid == 0 ? 0 : (size_t)(at - chunk->bytes);
}

struct origin {
    uint64_t sequence;
    uint64_t unit;
};

static int by_sequence(const void *a, const void *b)
{
    const struct origin *x = a, *y = b;
    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/*
 * A kill between the two stores of a hand-over leaves a slot and its copy: the slot goes under a cover. Nobody may be writing:
 * its owner might be about to do the same, and more.
 */
static int drop_twin(int fd, const struct origin *slot, const struct origin *copy, struct chunk *a,
                     struct chunk *b)
{
    chunk_read(fd, slot->unit * ITT_UNIT_SIZE, a);
    chunk_read(fd, copy->unit * ITT_UNIT_SIZE, b);
    if (a->used == 0 || a->used != b->used || memcmp(a->bytes, b->bytes, a->used) != 0)
        return 0;
    if (a->size == 0 || a->size % ITT_UNIT_SIZE != 0)
        return 0;
    uint64_t cover = wire_cover((uint32_t)a->size);
    return file_write(fd, &cover, 8, slot->unit * ITT_UNIT_SIZE);
}

/* The first 8 bytes of each unit tell the sequence id where a chunk starts there (and nonsense where none does). */
static int drop_twins(int fd, uint64_t units)
{
    struct origin *origins = calloc(units == 0 ? 1 : units, sizeof *origins);
    struct chunk a = {.bytes = malloc(ITT_LARGE_CHUNK)}, b = {.bytes = malloc(ITT_LARGE_CHUNK)};
    size_t count = 0;
    int error = origins == NULL || a.bytes == NULL || b.bytes == NULL ? ENOMEM : 0;
    for (uint64_t unit = 1; unit < units && error == 0; unit++) {
        uint8_t word[8];
        if (file_read(fd, word, 8, unit * ITT_UNIT_SIZE) != 8)
            break;
        if (word[0] != WIRE_PACKET_TAG || word[4] != 0x50)
            continue;
        uint64_t sequence = (uint64_t)(word[5] | word[6] << 8 | word[7] << 16);
        origins[count++] = (struct origin){sequence, unit};
    }
    if (error == 0)
        qsort(origins, count, sizeof *origins, by_sequence);
    for (size_t i = 1; i < count && error == 0; i++) {
        if (origins[i].sequence == origins[i - 1].sequence)
            error = drop_twin(fd, &origins[i - 1], &origins[i], &a, &b);
    }
    free(origins);
    free(a.bytes);
    free(b.bytes);
    return error;
}

/* Units of the trace that a killed process claimed and did not cover, where slots lie in another file. */
static int cover_holes(int fd, uint64_t units)
{
    for (uint64_t unit = 1; unit < units; unit++) {
        static const uint8_t zeros[8];
        uint8_t word[8] = {0};
        if (file_read(fd, word, 8, unit * ITT_UNIT_SIZE) < 0)
            return errno;
        uint64_t cover = wire_cover(ITT_UNIT_SIZE);
        int error = memcmp(word, zeros, 8) == 0 ? file_write(fd, &cover, 8, unit * ITT_UNIT_SIZE) : 0;
        if (error != 0)
            return error;
    }
    return 0;
}

/* Appends what is left in the slots to the trace, each as a chunk of its own. */
static int append_slots(int slots, int trace, struct recording_head *live)
{
    struct chunk chunk = {.bytes = malloc(ITT_LARGE_CHUNK)};
    uint64_t end = atomic_load(&live->next);
    int error = chunk.bytes == NULL ? ENOMEM : 0;
    for (uint64_t unit = 1; unit < end && error == 0; unit++) {
        chunk_read(slots, unit * ITT_UNIT_SIZE, &chunk);
        if (chunk.size >= 2 * ITT_UNIT_SIZE)
            unit += chunk.size / ITT_UNIT_SIZE - 1; /* what lies inside is no chunk */
        if (chunk.used == 0)
            continue;
        uint64_t units = (chunk.used + WIRE_COVER_MIN + ITT_UNIT_SIZE - 1) / ITT_UNIT_SIZE;
        uint64_t offset = atomic_fetch_add(&live->spill_next, units) * ITT_UNIT_SIZE;
        uint64_t cover = wire_cover((uint32_t)(units * ITT_UNIT_SIZE - chunk.used));
        memcpy(chunk.bytes + chunk.used, &cover, 8);
        memset(chunk.bytes + chunk.used + 8, 0, units * ITT_UNIT_SIZE - chunk.used - 8);
        error = file_write(trace, chunk.bytes, units * ITT_UNIT_SIZE, offset);
    }
    free(chunk.bytes);
    return error;
}

/* Brings the slots home; the trace then needs them no more. */
static int settle_slots(int trace, struct recording_map *map)
{
    char slots[sizeof map->head->slots_path];
    struct recording_head *live = map->head;
    uint64_t offset = ITT_HEAD_OFFSET + offsetof(struct recording_head, slots_path);
    if (file_read(trace, slots, sizeof slots, offset) != sizeof slots)
        return EBADMSG;
    slots[sizeof slots - 1] = '\0';
    int fd = open(slots, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno;
    int error = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : EBUSY;
    if (error == 0)
        error = cover_holes(trace, atomic_load(&live->spill_next));
    if (error == 0)
        error = append_slots(fd, trace, live);
    if (error != 0) {
        close(fd);
        return error;
    }
    struct recording_head final;
    memcpy((void *)&final, (const void *)live, sizeof final);
    atomic_store(&final.next, atomic_load(&live->spill_next));
    memset(final.slots_path, 0, sizeof final.slots_path);
    error = file_write(trace, &final, sizeof final, ITT_HEAD_OFFSET);
    if (error == 0 && unlink(slots) != 0)
        error = errno;
    close(fd);
    return error;
}

int recording_settle(const char *path)
{
    struct recording_map map;
    struct stat st;
    int error = recording_map(path, true, &map);
    if (error != 0)
        return error;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        error = errno;
    else if (map.in_slots)
        error = settle_slots(fd, &map);
    if (error == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        uint64_t units = fstat(fd, &st) == 0 ? (uint64_t)st.st_size / ITT_UNIT_SIZE : 0;
        error = drop_twins(fd, units);
    }
    if (fd >= 0)
        close(fd);
    recording_unmap(&map);
    return error;
}
