#define _GNU_SOURCE
#include "slot.h"
#include "claim.h"
#include "file.h"
#include "join.h"
#include "wire.h"
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int slot_take(struct writer *w, uint32_t size)
{
    struct claim claim;
    int fd = join_slots(w->join);
    if (fd < 0)
        return errno;
    int error = claim_take(fd, w->head, size, &claim);
    if (error != 0)
        return error;
    claim_release(&claim);
    w->at = w->limit = w->end = w->fast_end = NULL;
    w->slot_size = 0;
    w->spare.where = 0;
    writer_lock_window(w);
    void *slot =
        mmap(writer_slot(w), size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)claim.offset);
    writer_unlock_window(w);
    if (slot == MAP_FAILED)
        return errno; /* the chunk stays covered: 64 or 256 KiB of nothing */
    w->slot_offset = claim.offset;
    w->slot_size = size;
    w->rest = writer_slot(w);
    return 0;
}

/* What lay in the slot lies in the trace now. */
static void begins_moved(struct writer *w, uint64_t offset)
{
    for (uint32_t i = w->depth; i-- > 0;) {
        struct open_task *task = &w->open[i];
        if (task->where - w->slot_offset < w->slot_size)
            task->where = task->where - w->slot_offset + offset;
    }
    for (uint32_t i = 0; i < WRITER_EVENTS; i++) {
        struct open_event *event = &w->events[i];
        if (event->kind != 0 && event->where - w->slot_offset < w->slot_size)
            event->where = event->where - w->slot_offset + offset;
    }
    w->spare.where = 0;
    if (w->marker.where - w->slot_offset < w->slot_size)
        w->marker.where = w->marker.where - w->slot_offset + offset;
    if (w->amending - w->slot_offset < w->slot_size)
        w->amending = w->amending - w->slot_offset + offset;
}

static uint64_t first_word(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Copies the slot to a chunk claimed at the end of the file, then hands over by two adjacent stores. */
static int hand_over(struct writer *w, size_t used)
{
    uint8_t *slot = writer_slot(w);
    struct claim claim;
    int fd = join_slots(w->join);
    if (fd < 0)
        return errno;
    int error = claim_take(fd, w->head, w->slot_size, &claim);
    if (error != 0)
        return error;
    error = file_write(fd, slot + 8, used - 8, claim.offset + 8);
    if (error == 0) {
        uint64_t word = first_word(slot), cover = wire_cover(w->slot_size);
        claim_store(claim.page, word);
        claim_store(slot, cover);
        begins_moved(w, claim.offset);
    }
    claim_release(&claim);
    return error;
}

/* The same where the trace cannot be mapped: cover, bytes, and the first word last, each by a pwrite. */
static int hand_over_spill(struct writer *w, size_t used)
{
    uint8_t *slot = writer_slot(w);
    int fd = join_trace(w->join);
    if (fd < 0)
        return errno;
    uint64_t units = w->slot_size / ITT_UNIT_SIZE;
    uint64_t unit = atomic_fetch_add_explicit(&w->head->spill_next, units, memory_order_relaxed);
    uint64_t offset = unit * ITT_UNIT_SIZE, cover = wire_cover(w->slot_size), word = first_word(slot);
    const uint8_t zero = 0;
    int error = file_write(fd, &cover, 8, offset);
    if (error == 0)
        error = file_write(fd, slot + 8, used - 8, offset + 8);
    if (error == 0 && used < w->slot_size)
        error = file_write(fd, &zero, 1, offset + w->slot_size - 1);
    if (error == 0)
        error = file_write(fd, &word, 8, offset);
    if (error != 0)
        return error;
    claim_store(slot, cover);
    begins_moved(w, offset | WHERE_TRACE);
    return 0;
}

int slot_turn(struct writer *w)
{
    uint8_t *slot = writer_slot(w);
    uint8_t *to = w->at != NULL ? w->at : w->rest; /* `to`: behind the last packet, where the cover begins */
    size_t used = (size_t)(to - slot) + 8;
    bool stays = w->slot_size < ITT_LARGE_CHUNK && !w->join->spill; /* a small one is its own place */
    if (used > 8 && !stays) {
        int error = w->join->spill ? hand_over_spill(w, used) : hand_over(w, used);
        if (error != 0)
            return error;
        w->at = w->limit = w->end = w->fast_end = NULL;
        w->rest = slot;
    }
    return w->slot_size < ITT_LARGE_CHUNK ? slot_take(w, ITT_LARGE_CHUNK) : 0;
}

static int file_of(struct writer *w, uint64_t where)
{
    return where & WHERE_TRACE ? join_trace(w->join) : join_slots(w->join);
}

const uint8_t *slot_look(struct writer *w, uint64_t where, uint8_t *buffer, size_t *size)
{
    uint64_t inside = where - w->slot_offset;
    if (inside < w->slot_size) {
        *size = w->slot_size - (size_t)inside;
        return writer_slot(w) + inside;
    }
    sigset_t before;
    int64_t n = 0;
    if (join_hold(w->join, &before)) {
        int fd = file_of(w, where);
        n = fd < 0 ? 0 : file_read(fd, buffer, *size, where & ~WHERE_TRACE);
        join_let_go(w->join, &before);
    }
    *size = n < 0 ? 0 : (size_t)n;
    return buffer;
}

size_t slot_peek(struct writer *w, uint64_t where, uint8_t *to, size_t size)
{
    size_t n = size;
    const uint8_t *from = slot_look(w, where, to, &n);
    if (n > size)
        n = size;
    if (from != to)
        memcpy(to, from, n);
    return n;
}

void slot_poke(struct writer *w, uint64_t where, uint8_t byte)
{
    uint64_t inside = where - w->slot_offset;
    if (w->slot_size == 0)
        return; /* a forked child: that is its parent's */
    if (inside < w->slot_size) {
        writer_slot(w)[inside] = byte;
        return;
    }
    sigset_t before;
    if (!join_hold(w->join, &before))
        return;
    int fd = file_of(w, where);
    if (fd >= 0)
        file_write(fd, &byte, 1, where & ~WHERE_TRACE);
    join_let_go(w->join, &before);
}
