#define _GNU_SOURCE
#include "lane.h"
#include "join.h"
#include "name.h"
#include "process.h"
#include "track.h"
#include "wire.h"
#include <string.h>
#include <sys/mman.h>

#define LOOK_AT   8u     /* free lanes, for one that fits given times */
#define CLOCKS_NS 20000u /* by which the clocks of two threads never differ */

/* A free list's head: the first lane, and how often the list changed, so that a late swap fails. */
#define HEAD_LANE    0xffffffffu
#define HEAD_CHANGED ((uint64_t)1 << 32)

struct lanes *lane_make(void)
{
    return process_wiped_memory(sizeof(struct lanes));
}

void lane_wipe(struct lanes *lanes)
{
    madvise(lanes, sizeof *lanes, MADV_DONTNEED);
}

static struct lanes *pool_of(const struct writer *w)
{
    return atomic_load_explicit(&w->join, memory_order_relaxed)->lanes;
}

static _Atomic uint64_t *free_list(const struct writer *w, uint32_t place)
{
    return &pool_of(w)->free[place >> LANE_GROUP_SHIFT][place & ((1u << LANE_GROUP_SHIFT) - 1)];
}

static uint32_t pop(const struct writer *w, uint32_t place)
{
    _Atomic uint64_t *list = free_list(w, place);
    uint64_t head = atomic_load_explicit(list, memory_order_acquire);
    while ((head & HEAD_LANE) != 0) {
        uint32_t lane = (uint32_t)head;
        uint64_t next = atomic_load_explicit(&lane_at(w, lane)->next, memory_order_relaxed);
        uint64_t changed = (head & ~(uint64_t)HEAD_LANE) + HEAD_CHANGED;
        if (atomic_compare_exchange_weak_explicit(list, &head, changed | next, memory_order_acquire,
                                                  memory_order_acquire))
            return lane;
    }
    return 0;
}

static void push(const struct writer *w, uint32_t lane)
{
    struct lane *it = lane_at(w, lane);
    _Atomic uint64_t *list = free_list(w, it->place);
    uint64_t head = atomic_load_explicit(list, memory_order_relaxed);
    uint64_t changed;
    do {
        atomic_store_explicit(&it->next, (uint32_t)head, memory_order_relaxed);
        changed = (head & ~(uint64_t)HEAD_LANE) + HEAD_CHANGED;
    } while (!atomic_compare_exchange_weak_explicit(list, &head, changed | lane, memory_order_release,
                                                    memory_order_relaxed));
}

/* TrackEvent.track_uuid, its varint padded to nine bytes. */
static void make_field(struct lane *lane)
{
    lane->field[0] = 11 << 3;
    for (unsigned i = 0; i < 9; i++)
        lane->field[i + 1] = (uint8_t)((lane->track >> (7 * i) & 0x7f) | (i < 8 ? 0x80 : 0));
}

static uint32_t make(const struct writer *w, uint32_t place)
{
    struct lanes *pool = pool_of(w);
    if (atomic_load_explicit(&pool->made, memory_order_relaxed) >= WRITER_LANES)
        return 0;
    uint32_t n = atomic_fetch_add_explicit(&pool->made, 1, memory_order_relaxed);
    if (n >= WRITER_LANES)
        return 0;
    struct lane *lane = &pool->lane[n + 1];
    lane->track = process_new_track(atomic_load_explicit(&w->join, memory_order_relaxed));
    lane->place = place;
    lane->number = n + 1;
    if (lane->track >> 63 == 0)
        make_field(lane);
    return n + 1;
}

/* Slices of one track meet in no nanosecond: a reader that sorts by time may see the one's begin before the other's end. */
static bool fits(const struct writer *w, uint32_t lane, uint64_t begin, uint64_t end)
{
    const struct lane *it = lane_at(w, lane);
    if (end == 0)
        return it->last <= begin + CLOCKS_NS;
    return it->last == 0 || it->last < begin || end < it->first;
}

/* A thread keeps a few lanes that it had last: no other thread is asked, and time there never has to wait. */
uint32_t lane_take(struct writer *w, uint32_t place, uint64_t begin, uint64_t end)
{
    uint32_t passed[LOOK_AT], count = 0;
    struct lane **own = lane_own(w, place), *kept = lane_kept(own);
    const uint32_t number = kept != NULL ? kept->number : 0;
    if (kept != NULL && kept->place == place && fits(w, number, begin, end)) {
        *own = NULL;
        return number;
    }
    uint32_t lane = pop(w, place);
    while (lane != 0 && !fits(w, lane, begin, end)) {
        passed[count++] = lane;
        lane = count < LOOK_AT ? pop(w, place) : 0;
    }
    while (count > 0)
        push(w, passed[--count]);
    return lane != 0 ? lane : make(w, place);
}

void lane_give(struct writer *w, uint32_t lane, uint64_t begin, uint64_t end)
{
    struct lane *it = lane_at(w, lane);
    if (it->track == 0)
        return; /* a fork came between */
    it->first = it->last == 0 || begin < it->first ? begin : it->first;
    it->last = end > it->last ? end : it->last;
    lane_return(w, lane);
}

void lane_return(struct writer *w, uint32_t lane)
{
    struct lane *it = lane_at(w, lane), **own = lane_own(w, it->place), *kept = lane_kept(own);
    if (it->track == 0)
        return;
    if (kept != NULL && kept->place == it->place) {
        push(w, lane);
        return;
    }
    if (kept != NULL)
        push(w, kept->number); /* another one's, which waits longer already */
    *own = it;
}

void lane_leave(struct writer *w)
{
    for (uint32_t i = 0; i < WRITER_OWN_LANES; i++) {
        struct lane *lane = w->lanes[i];
        w->lanes[i] = NULL;
        if (lane != NULL && lane->track != 0)
            push(w, lane->number);
    }
}

void lane_forget(struct writer *w)
{
    uint32_t made = atomic_load_explicit(&pool_of(w)->made, memory_order_relaxed);
    memset(w->lanes_told, 0, ((made < WRITER_LANES ? made : WRITER_LANES) / 64 + 1) * sizeof *w->lanes_told);
    memset(w->groups_told, 0, sizeof w->groups_told);
}

size_t lane_cost_most(const struct writer *w, uint32_t lane)
{
    uint32_t place = lane_at(w, lane)->place;
    return 160 + track_name(place).length + track_group_name(place).length;
}

size_t lane_cost(const struct writer *w, uint32_t lane)
{
    return lane_told(w, lane) ? 0 : lane_cost_most(w, lane);
}

/* Child tracks in the order of their names; those of one name are shown as one. */
enum { ORDER_NONE, ORDER_BY_NAME };

static void describe(struct writer *w, uint64_t uuid, uint64_t parent, struct text name, uint32_t order)
{
    enum { AHEAD = 16 };
    uint8_t *packet, *track, *start = w->at + AHEAD; /* see writer_put() */
    uint8_t *at = wire_open(start, 1, &packet);
    at = wire_uint(at, 10, w->sequence);
    at = wire_open(at, 60, &track);
    at = wire_uint(at, 1, uuid);
    at = wire_text(at, 2, name.bytes, name.length);
    at = wire_uint(at, 5, parent);
    if (order != ORDER_NONE)
        at = wire_uint(at, 11, order);
    at = wire_close(wire_close(at, track), packet);
    writer_put(w, start, (size_t)(at - start));
}

uint64_t lane_tell_group(struct writer *w, uint32_t place)
{
    uint32_t bit = track_group_bit(place);
    uint64_t group = track_group(w->process, place);
    if (group != w->process->track && !(w->groups_told[bit / 64] >> bit % 64 & 1)) {
        describe(w, group, w->process->track, track_group_name(place), ORDER_BY_NAME);
        w->groups_told[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    return group;
}

void lane_tell(struct writer *w, uint32_t lane)
{
    uint32_t place = lane_at(w, lane)->place;
    if (lane_told(w, lane))
        return;
    uint64_t group = lane_tell_group(w, place);
    describe(w, lane_at(w, lane)->track, group, track_name(place), ORDER_NONE);
    w->lanes_told[lane / 64] |= (uint64_t)1 << lane % 64;
}
