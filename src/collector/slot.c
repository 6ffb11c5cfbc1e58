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
    struct claim claim = {0};
    int fd = join_slots(w->join);
    if (fd < 0)
        return errno;
    writer_lock_window(w);
    int error = claim_map(fd, w->head, size, writer_slot(w), &claim);
    writer_unlock_window(w);
    if (error != 0 && claim.page == NULL)
        return error; /* it still has the one before */
    w->at = w->limit = w->end = w->fast_end = NULL;
    w->slot_size = 0;
    w->spare.where = 0;
    if (error != 0)
        return error;
    w->slot_offset = claim.offset;
    w->where_bias = claim.offset - (uintptr_t)writer_slot(w);
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

static bool in_handed(const struct writer *w, uint64_t where)
{
    return w->handed.held && where - w->handed.where < ITT_LARGE_CHUNK;
}

static void free_sequence(struct writer *w, uint32_t sequence)
{
    if (sequence != 0 && w->freed_end - w->freed_first < WRITER_FREED)
        w->freed[w->freed_end++ % WRITER_FREED] = sequence;
}

/* Takes a chunk of the ring. 0 or an errno. */
static int handed_take(struct writer *w, int fd)
{
    struct handed *handed = &w->handed;
    int error = ring_take(fd, w->join->ring, w->head, w->join->ring_chunks, &handed->place);
    if (error != 0)
        return error;
    free_sequence(w, handed->place.freed[0]);
    free_sequence(w, handed->place.freed[1]);
    handed->held = true;
    handed->page = NULL;
    handed->from = w->slot_offset;
    handed->size = w->slot_size;
    handed->where = handed->place.offset | (w->join->spill ? WHERE_TRACE : 0);
    if (w->join->spill)
        return 0;
    if (w->join->ring != NULL) {
        handed->page = w->join->ring + handed->place.chunk * ITT_LARGE_CHUNK;
        return 0;
    }
    handed->page = file_map(fd, handed->place.offset, ITT_LARGE_CHUNK, NULL);
    if (handed->page != NULL)
        return 0;
    error = errno;
    slot_let_go(w);
    return error;
}

static void gone(struct open_task *task)
{
    task->where = WHERE_GONE;
    task->key |= KEY_GONE;
}

void slot_let_go(struct writer *w)
{
    if (!w->handed.held)
        return;
    for (uint32_t i = w->depth; i-- > 0;) {
        if (in_handed(w, w->open[i].where))
            gone(&w->open[i]);
    }
    for (uint32_t i = 0; i < WRITER_EVENTS; i++) {
        if (w->events[i].kind != 0 && in_handed(w, w->events[i].where))
            w->events[i].where = WHERE_GONE;
    }
    if (in_handed(w, w->marker.where))
        w->marker.where = 0;
    if (in_handed(w, w->amending))
        w->amending = WHERE_GONE;
    if (w->handed.page != NULL && w->join->ring == NULL)
        munmap(w->handed.page, ITT_LARGE_CHUNK);
    w->handed.held = false;
    ring_give(w->head, &w->handed.place);
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
    int error = claim_take(fd, w->head, w->slot_size, &w->join->windows, &claim);
    if (error != 0)
        return error;
    error = file_write(fd, slot + 8, used - 8, claim.offset + 8);
    if (error == 0) {
        uint64_t word = first_word(slot), cover = wire_cover(w->slot_size);
        claim_commit(&claim, word);
        claim_store(slot, cover);
        begins_moved(w, claim.offset);
    }
    claim_release(&claim);
    return error;
}

/* Behind what a small slot had, in the large chunk where that goes. */
static int cover_rest(int fd, uint64_t offset, size_t used)
{
    const uint64_t cover = wire_cover(ITT_LARGE_CHUNK - (uint32_t)used);
    return file_write(fd, &cover, sizeof cover, offset + used);
}

/* Else each page would be read from the disk, or made, by a fault of its own. */
static bool is_in_memory(uint8_t *page)
{
    unsigned char pages[ITT_LARGE_CHUNK / 4096], all = 1;
    const size_t count = ITT_LARGE_CHUNK / (size_t)sysconf(_SC_PAGESIZE);
    if (mincore(page, ITT_LARGE_CHUNK, pages) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        all &= pages[i];
    return all;
}

/* All but the first 8 bytes. */
static int copy_to_ring(struct writer *w, int fd, size_t used)
{
    uint8_t *slot = writer_slot(w), *page = w->handed.page;
    const uint64_t cover = wire_cover(ITT_LARGE_CHUNK - (uint32_t)(used - 8));
    int error = 0;
    if (w->join->ring != NULL && is_in_memory(page)) {
        atomic_thread_fence(
            memory_order_seq_cst); /* behind the cover: memcpy() may use stores of weak order */
        memcpy(page + 8, slot + 8, used - 8);
    } else {
        error = file_write(fd, slot + 8, used - 8, w->handed.place.offset + 8);
    }
    if (error != 0 || w->slot_size == ITT_LARGE_CHUNK)
        return error;
    if (w->join->ring == NULL)
        return cover_rest(fd, w->handed.place.offset, used - 8);
    memcpy(page + used - 8, &cover, sizeof cover);
    return 0;
}

/* Copies it to the ring, whose chunk has been put under a cover. It is held until slot_let_go(). */
static int hand_over_ring(struct writer *w, size_t used)
{
    uint8_t *slot = writer_slot(w);
    int fd = join_slots(w->join);
    if (fd < 0)
        return errno;
    int error = handed_take(w, fd);
    if (error != 0)
        return error;
    error = copy_to_ring(w, fd, used);
    if (error != 0) {
        slot_let_go(w);
        return error;
    }
    uint64_t word = first_word(slot), cover = wire_cover(w->slot_size);
    claim_store(w->handed.page, word);
    claim_store(slot, cover);
    begins_moved(w, w->handed.where);
    return 0;
}

/* Where a slot goes in the trace that cannot be mapped. */
static int spill_take(struct writer *w, int fd, uint64_t *offset)
{
    if (w->join->ring_chunks == 0)
        return claim_spill(w->head, w->slot_size, offset);
    int error = handed_take(w, fd);
    *offset = w->handed.place.offset;
    return error;
}

/* The same where the trace cannot be mapped: cover, bytes, and the first word last, each by a pwrite. */
static int hand_over_spill(struct writer *w, size_t used)
{
    uint8_t *slot = writer_slot(w);
    int fd = join_trace(w->join);
    if (fd < 0)
        return errno;
    const uint32_t size = w->join->ring_chunks == 0 ? w->slot_size : ITT_LARGE_CHUNK;
    uint64_t offset, cover = wire_cover(size), word = first_word(slot);
    const uint8_t zero = 0;
    int error = spill_take(w, fd, &offset);
    if (error == 0)
        error = file_write(fd, &cover, 8, offset);
    if (error == 0)
        error = file_write(fd, slot + 8, used - 8, offset + 8);
    if (error == 0 && size > w->slot_size)
        error = cover_rest(fd, offset, used - 8);
    if (error == 0 && used < size)
        error = file_write(fd, &zero, 1, offset + size - 1);
    if (error == 0)
        error = file_write(fd, &word, 8, offset);
    if (error != 0) {
        slot_let_go(w);
        return error;
    }
    claim_store(slot, wire_cover(w->slot_size));
    begins_moved(w, offset | WHERE_TRACE);
    return 0;
}

/* The ring has no place, as so many others are just being written: what is overwritten is the slot itself. */
static void slot_forget(struct writer *w)
{
    for (uint32_t i = w->depth; i-- > 0;) {
        if (w->open[i].where - w->slot_offset < w->slot_size)
            gone(&w->open[i]);
    }
    for (uint32_t i = 0; i < WRITER_EVENTS; i++) {
        if (w->events[i].kind != 0 && w->events[i].where - w->slot_offset < w->slot_size)
            w->events[i].where = WHERE_GONE;
    }
    if (w->marker.where - w->slot_offset < w->slot_size)
        w->marker.where = 0;
    if (w->amending - w->slot_offset < w->slot_size)
        w->amending = WHERE_GONE;
    w->spare.where = 0;
    claim_store(writer_slot(w), wire_cover(w->slot_size));
}

int slot_turn(struct writer *w)
{
    uint8_t *slot = writer_slot(w);
    uint8_t *to = w->at != NULL ? w->at : w->rest; /* `to`: behind the last packet, where the cover begins */
    size_t used = (size_t)(to - slot) + 8;
    /* A small one is its own place, unless there is a ring. */
    bool stays = w->slot_size < ITT_LARGE_CHUNK && !w->join->spill && w->join->ring_chunks == 0;
    if (used > 8 && !stays) {
        int error = w->join->spill              ? hand_over_spill(w, used)
                    : w->join->ring_chunks != 0 ? hand_over_ring(w, used)
                                                : hand_over(w, used);
        if (error == EBUSY && w->join->ring_chunks != 0)
            slot_forget(w);
        else if (error != 0)
            return error;
        w->at = w->limit = w->end = w->fast_end = NULL;
        w->rest = slot;
    }
    return w->slot_size < ITT_LARGE_CHUNK ? slot_take(w, ITT_LARGE_CHUNK) : 0;
}

/* Where it lies in memory; NULL: it has to be read. */
static uint8_t *in_memory(struct writer *w, uint64_t where, size_t *size)
{
    uint64_t inside = where - w->slot_offset;
    if (inside < w->slot_size) {
        *size = w->slot_size - (size_t)inside;
        return writer_slot(w) + inside;
    }
    if (!in_handed(w, where) || w->handed.page == NULL)
        return NULL;
    inside = where - w->handed.where;
    *size = ITT_LARGE_CHUNK - (size_t)inside;
    return w->handed.page + inside;
}

static int file_of(struct writer *w, uint64_t where)
{
    return where & WHERE_TRACE ? join_trace(w->join) : join_slots(w->join);
}

const uint8_t *slot_look(struct writer *w, uint64_t where, uint8_t *buffer, size_t *size)
{
    const uint8_t *there = in_memory(w, where, size);
    if (there != NULL)
        return there;
    sigset_t before;
    int64_t n = 0;
    if (where == WHERE_GONE) {
        *size = 0;
        return buffer;
    }
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
    size_t size;
    if (w->slot_size == 0)
        return; /* a forked child: that is its parent's */
    uint8_t *there = in_memory(w, where, &size);
    if (there != NULL) {
        *there = byte;
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
