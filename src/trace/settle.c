/*
 * Setting a recording in order when its run is over. Only the analysis calls this, never a traced process. Processes hold
 * a shared lock of the file that their slots lie in, as long as they live.
 */
#define _GNU_SOURCE
#include "claim.h"
#include "file.h"
#include "files.h"
#include "recording.h"
#include "wire.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_ROOM (ITT_LARGE_CHUNK + ITT_UNIT_SIZE) /* with a cover behind a chunk that has none */
#define HOLES_MAX  65536u                            /* one for each thread killed at the wrong instruction */

/* The first unit from `unit` on that is not known to be empty; `units` where there is none. */
static uint64_t next_data(int fd, uint64_t unit, uint64_t units)
{
    if (unit >= units)
        return units;
    off_t data = lseek(fd, (off_t)(unit * ITT_UNIT_SIZE), SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? units : unit;
    return (uint64_t)data / ITT_UNIT_SIZE;
}

/* A chunk of the file copied to memory: how much of it is packets, and who wrote it. */
struct chunk {
    uint8_t *bytes; /* CHUNK_ROOM */
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

/* Whether a chunk goes on behind a cover: with a packet, though not where the next chunk would begin. */
static bool goes_on(const struct chunk *chunk, const uint8_t *at, const uint8_t *end)
{
    struct wire_field packet;
    uint64_t sequence;
    const uint8_t *next = at < end ? wire_read_field(at, end, &packet) : NULL;
    if (next == NULL || packet.number != 1 || packet.type != WIRE_BYTES)
        return false;
    return (size_t)(at - chunk->bytes) % ITT_UNIT_SIZE != 0 ||
           (!is_cover(&packet) && segment_pid(packet.data, next, &sequence) == 0);
}

/* Reads the chunk that starts at a unit's boundary, up to its cover. Those inside it are events that were replaced. */
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
        if (is_cover(&packet) && (at == chunk->bytes || !goes_on(chunk, next, end))) {
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

struct origins {
    struct origin *all;
    size_t count, capacity;
};

static bool origins_add(struct origins *origins, struct origin origin)
{
    if (origins->count == origins->capacity) {
        size_t capacity = origins->capacity != 0 ? origins->capacity * 2 : 1024;
        struct origin *grown = realloc(origins->all, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        origins->all = grown;
        origins->capacity = capacity;
    }
    origins->all[origins->count++] = origin;
    return true;
}

/* The first 8 bytes of each unit tell the sequence id where a chunk starts there (and nonsense where none does). */
static int drop_twins(int fd, uint64_t units)
{
    struct origins origins = {0};
    struct chunk a = {.bytes = malloc(CHUNK_ROOM)}, b = {.bytes = malloc(CHUNK_ROOM)};
    int error = a.bytes == NULL || b.bytes == NULL ? ENOMEM : 0;
    for (uint64_t unit = next_data(fd, 1, units); unit < units && error == 0;
         unit = next_data(fd, unit + 1, units)) {
        uint8_t word[8];
        if (file_read(fd, word, 8, unit * ITT_UNIT_SIZE) != 8)
            break;
        if (word[0] != WIRE_PACKET_TAG || word[4] != 0x50)
            continue;
        uint64_t sequence = (uint64_t)(word[5] | word[6] << 8 | word[7] << 16);
        if (!origins_add(&origins, (struct origin){sequence, unit}))
            error = ENOMEM;
    }
    if (error == 0 && origins.count > 1)
        qsort(origins.all, origins.count, sizeof *origins.all, by_sequence);
    for (size_t i = 1; i < origins.count && error == 0; i++) {
        if (origins.all[i].sequence == origins.all[i - 1].sequence)
            error = drop_twin(fd, &origins.all[i - 1], &origins.all[i], &a, &b);
    }
    free(origins.all);
    free(a.bytes);
    free(b.bytes);
    return error;
}

/* Units of the trace that a killed process claimed and did not cover, where slots lie in another file. */
static int cover_holes(int fd, uint64_t units)
{
    const uint64_t cover = wire_cover(ITT_UNIT_SIZE);
    uint32_t covered = 0;
    int error = 0;
    for (uint64_t unit = 1; unit < units && covered < HOLES_MAX && error == 0; unit++) {
        static const uint8_t zeros[8];
        uint8_t word[8] = {0};
        if (file_read(fd, word, 8, unit * ITT_UNIT_SIZE) < 0)
            return errno;
        if (memcmp(word, zeros, 8) != 0)
            continue;
        error = file_write(fd, &cover, 8, unit * ITT_UNIT_SIZE);
        covered++;
    }
    return error;
}

/* Appends what is left in the slots to the trace, which has *units now, each as a chunk of its own. */
static int append_slots(const struct files *files, uint64_t *units)
{
    struct chunk chunk = {.bytes = malloc(CHUNK_ROOM)};
    struct stat st;
    if (chunk.bytes == NULL || fstat(files->slots, &st) != 0)
        return chunk.bytes == NULL ? ENOMEM : errno;
    int error = 0;
    const uint64_t end = (uint64_t)st.st_size / ITT_UNIT_SIZE;
    for (uint64_t unit = next_data(files->slots, 1, end); unit < end && error == 0;
         unit = next_data(files->slots, unit + 1, end)) {
        chunk_read(files->slots, unit * ITT_UNIT_SIZE, &chunk);
        if (chunk.size >= 2 * ITT_UNIT_SIZE)
            unit += chunk.size / ITT_UNIT_SIZE - 1; /* what lies inside is no chunk */
        if (chunk.used == 0)
            continue;
        uint64_t needed = (chunk.used + WIRE_COVER_MIN + ITT_UNIT_SIZE - 1) / ITT_UNIT_SIZE;
        uint64_t cover = wire_cover((uint32_t)(needed * ITT_UNIT_SIZE - chunk.used));
        memcpy(chunk.bytes + chunk.used, &cover, 8);
        memset(chunk.bytes + chunk.used + 8, 0, needed * ITT_UNIT_SIZE - chunk.used - 8);
        error = file_write(files->trace, chunk.bytes, needed * ITT_UNIT_SIZE, *units * ITT_UNIT_SIZE);
        *units += needed;
    }
    free(chunk.bytes);
    return error;
}

/* Brings the slots home; the trace then needs them no more. */
static int settle_slots(struct files *files)
{
    struct recording_head final;
    struct stat st;
    uint64_t units;
    int error = flock(files->slots, LOCK_EX | LOCK_NB) == 0 ? 0 : EBUSY;
    if (error == 0)
        error = fstat(files->trace, &st) == 0 ? files_read_head(files->slots, &files->head) : errno;
    if (error != 0)
        return error;
    /* What is behind the last claim is not: nobody writes any more, and what a head says may be anything. */
    units = ((uint64_t)st.st_size + ITT_UNIT_SIZE - 1) / ITT_UNIT_SIZE;
    error = cover_holes(files->trace, units);
    if (error == 0)
        error = append_slots(files, &units);
    if (error != 0)
        return error;
    memcpy((void *)&final, (const void *)&files->head, sizeof final);
    atomic_store(&final.next, units);
    memset(final.slots_path, 0, sizeof final.slots_path);
    error = file_write(files->trace, &final, sizeof final, ITT_HEAD_OFFSET);
    return error != 0 ? error : files_remove_slots(files);
}

int recording_settle(const char *path)
{
    struct files files;
    struct stat st;
    int error = files_open(path, true, &files);
    if (error != 0)
        return error;
    if (files.slots >= 0)
        error = settle_slots(&files);
    if (error == 0 && flock(files.trace, LOCK_EX | LOCK_NB) == 0)
        error = fstat(files.trace, &st) == 0 ? drop_twins(files.trace, (uint64_t)st.st_size / ITT_UNIT_SIZE)
                                             : errno;
    files_close(&files);
    return error;
}
