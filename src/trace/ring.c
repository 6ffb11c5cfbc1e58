#define _GNU_SOURCE
#include "ring.h"
#include "claim.h"
#include "file.h"
#include "wire.h"
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUARD_LEAST 2u
#define MAPPED_MOST ((size_t)128 << 20) /* bytes of the file in the memory of each process */

/* Chunks under a cover ahead of the newest: an eighth of those that are kept. */
static uint32_t guard(uint32_t chunks)
{
    return chunks / 9 > GUARD_LEAST ? chunks / 9 : GUARD_LEAST;
}

uint32_t ring_chunks_for(uint64_t size)
{
    uint64_t kept = (size + ITT_LARGE_CHUNK - 1) / ITT_LARGE_CHUNK;
    uint64_t ahead = kept / 8 > GUARD_LEAST ? kept / 8 : GUARD_LEAST;
    return size == 0 ? 0 : kept + ahead < UINT32_MAX ? (uint32_t)(kept + ahead) : UINT32_MAX;
}

uint32_t ring_kept(const struct recording_head *head)
{
    uint32_t chunks = head->ring_chunks, ahead = guard(chunks);
    return chunks > ahead ? chunks - ahead : 0;
}

uint64_t ring_overwritten(const struct recording_head *head)
{
    uint64_t taken = atomic_load_explicit(&head->ring_next, memory_order_relaxed) -
                     atomic_load_explicit(&head->ring_skipped, memory_order_relaxed);
    uint64_t kept = ring_kept(head);
    return kept != 0 && taken > kept ? taken - kept : 0;
}

uint8_t *ring_map(int fd, uint32_t chunks)
{
    const size_t size = (size_t)chunks * ITT_LARGE_CHUNK;
    struct stat st;
    /* A file that ends before its ring would be the end of its writer. */
    if (chunks == 0 || size > MAPPED_MOST || fstat(fd, &st) != 0 ||
        (uint64_t)st.st_size < ring_offset(chunks))
        return NULL;
    return file_map(fd, ring_offset(0), size, NULL);
}

void ring_unmap(uint8_t *ring, uint32_t chunks)
{
    if (ring != NULL)
        munmap(ring, (size_t)chunks * ITT_LARGE_CHUNK);
}

int ring_make(int fd, const struct recording_head *head)
{
    const uint64_t cover = wire_cover(ITT_LARGE_CHUNK), end = ring_offset(head->ring_chunks);
    const uint8_t zero = 0;
    if (head->ring_chunks == 0)
        return 0;
    int error = file_reserve(fd, ITT_UNIT_SIZE, end - ITT_UNIT_SIZE);
    if (error == EOPNOTSUPP || error == ENOSYS)
        error = file_write(fd, &zero, 1, end - 1);
    for (uint32_t chunk = 0; chunk < head->ring_chunks && error == 0; chunk++)
        error = file_write(fd, &cover, sizeof cover, ring_offset(chunk));
    return error;
}

#define PID_BITS  22
#define NAMESPACE 0x3ffu

/* As the head tells owners. */
static uint32_t self(void)
{
    static _Atomic uint64_t
        known; /* process id and owner, for the next time; a forked child finds another's */
    struct stat st;
    const uint32_t pid = (uint32_t)getpid();
    uint64_t last = atomic_load_explicit(&known, memory_order_relaxed);
    if (last >> 32 == pid)
        return (uint32_t)last;
    uint32_t space = stat("/proc/self/ns/pid", &st) == 0 ? (uint32_t)st.st_ino & NAMESPACE : NAMESPACE;
    uint32_t owner = space << PID_BITS | (pid & ((1u << PID_BITS) - 1));
    atomic_store_explicit(&known, (uint64_t)pid << 32 | owner, memory_order_relaxed);
    return owner;
}

static bool is_gone(uint32_t owner, uint32_t self)
{
    uint32_t space = owner >> PID_BITS;
    return space != NAMESPACE && space == self >> PID_BITS &&
           kill((pid_t)(owner & ((1u << PID_BITS) - 1)), 0) != 0 && errno == ESRCH;
}

/* Two chunks may share a place: then they are never written at once. */
static _Atomic uint32_t *owner_of(struct recording_head *head, uint64_t chunk)
{
    return (_Atomic uint32_t *)(void *)((uint8_t *)head + ITT_RING_OWNERS_OFFSET - ITT_HEAD_OFFSET) +
           chunk % ITT_RING_OWNERS;
}

static bool owner_take(struct recording_head *head, uint64_t chunk)
{
    _Atomic uint32_t *place = owner_of(head, chunk);
    uint32_t mine = self(), owner = 0;
    if (atomic_compare_exchange_strong_explicit(place, &owner, mine, memory_order_acquire,
                                                memory_order_relaxed))
        return true;
    return is_gone(owner, mine) && atomic_compare_exchange_strong_explicit(
                                       place, &owner, mine, memory_order_acquire, memory_order_relaxed);
}

static void owner_give(struct recording_head *head, uint64_t chunk)
{
    atomic_store_explicit(owner_of(head, chunk), 0, memory_order_release);
}

/* Puts a taken chunk under a cover, by one store or write. *freed: the sequence that it was, 0 for a cover. */
static int cover_chunk(int fd, uint8_t *ring, uint64_t chunk, uint32_t *freed)
{
    const uint64_t cover = wire_cover(ITT_LARGE_CHUNK);
    uint8_t *there = ring == NULL ? NULL : ring + chunk * ITT_LARGE_CHUNK;
    uint64_t word;
    *freed = 0;
    if (there != NULL)
        memcpy(&word, there, sizeof word);
    else if (file_read(fd, &word, sizeof word, ring_offset(chunk)) != sizeof word)
        return EIO;
    if (word == cover)
        return 0;
    if ((uint8_t)word == WIRE_PACKET_TAG && (uint8_t)(word >> 32) == 0x50)
        *freed = (uint32_t)((word >> 40 & 0x7f) | (word >> 48 & 0x7f) << 7 | (word >> 56 & 0x7f) << 14);
    if (there == NULL)
        return file_write(fd, &cover, sizeof cover, ring_offset(chunk));
    claim_store(there, cover);
    return 0;
}

int ring_take(int fd, uint8_t *ring, struct recording_head *head, uint32_t chunks, struct ring_place *place)
{
    uint64_t turn = atomic_fetch_add_explicit(&head->ring_next, 1, memory_order_relaxed);
    for (uint32_t tries = 1; !owner_take(head, turn % chunks); tries++) {
        if (tries == chunks)
            return EBUSY;
        atomic_fetch_add_explicit(&head->ring_skipped, 1, memory_order_relaxed);
        turn = atomic_fetch_add_explicit(&head->ring_next, 1, memory_order_relaxed);
    }
    place->chunk = turn % chunks;
    place->offset = ring_offset(place->chunk);
    place->freed[1] = 0;
    int error = cover_chunk(fd, ring, place->chunk, &place->freed[0]);
    uint64_t ahead = (turn + guard(chunks)) % chunks;
    if (error == 0 && ahead != place->chunk && owner_take(head, ahead)) {
        error = cover_chunk(fd, ring, ahead, &place->freed[1]);
        owner_give(head, ahead);
    }
    if (error != 0)
        owner_give(head, place->chunk);
    return error;
}

void ring_give(struct recording_head *head, const struct ring_place *place)
{
    owner_give(head, place->chunk);
}
