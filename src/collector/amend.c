#define _GNU_SOURCE
#include "amend.h"
#include "claim.h"
#include "event.h"
#include "process.h"
#include "room.h"
#include "slot.h"
#include "wire.h"
#include <string.h>

#define BODY_MAX   32768u /* of a track event that is written again */
#define AROUND     96u    /* what an amended packet has besides its track event's body, at most */
#define SPARE_TAG  0x7A   /* in an annotation: field 15, unknown to all */
#define SPARE      24u    /* in the first place; then as much as there is already, up to: */
#define SPARE_MAX  2048u
#define QUICK_MAX  64u              /* numbers, or bytes of text; and bytes of the key */
#define QUICK_ROOM (QUICK_MAX * 20) /* what they take at most */
#define REST_MAX   32u              /* bytes behind the track event: its kind */

/*
 * An event is amended in one of three ways.
 *
 * 1. It was amended before. Then an annotation L begins with a spare part, as a slot ends with a cover, and the 8 bytes that say
 *    how long both are lie together. The new annotation N and such 8 bytes anew are built in the spare part, but for N's first
 *    8 bytes: one store of these makes N appear in front of L.
 *
 *      before  [ 22 length, 7A length | spare ..................................... | inside of L ]
 *      after   [ N ................................ | 22 length, 7A length | spare | inside of L ]
 *
 * 2. It is the last packet of the segment: what replaces it is built behind it, below the cover, and one store of 8 bytes covers
 *    the old one and uncovers the new one:
 *
 *      before  [ packet P ][ 8 bytes: a cover over all ..................... ]
 *      built   [ packet P ][ 8 bytes: a cover over all ][ packet Q ][ cover  ]
 *      after   [ a cover over P and these 8 bytes      ][ packet Q ][ cover  ]
 *               ^ stored                                                 ^ written before
 *
 * 3. It is written again, with the time it had, and the old one is taken back. A kill in between leaves both; readers of
 *    ours drop one.
 */

/* What makes the new packet differ from the old one. */
struct change {
    bool absolute; /* the time stands by itself: */
    uint64_t time;
    uint64_t track; /* another one; 0: the same */
    const struct annotation *annotation;
};

/* An annotation whose inside begins with a spare part. */
struct spared {
    uint8_t *start;
    uint8_t *spare;  /* what may be written */
    uint8_t *inside; /* the rest */
    uint8_t *end;
};

static bool find_spared(uint8_t *at, const uint8_t *end, struct spared *found)
{
    struct wire_field field, spare;
    for (const uint8_t *next; at < end; at += next - at) {
        next = wire_read_field(at, end, &field);
        if (next == NULL)
            return false;
        if (field.number != 4 || field.value == 0 || *field.data != SPARE_TAG)
            continue;
        const uint8_t *inside = wire_read_field(field.data, next, &spare);
        if (inside == NULL)
            return false;
        if (spare.value == 0)
            continue;
        found->start = at;
        found->spare = at + (spare.data - at);
        found->inside = at + (inside - at);
        found->end = at + (next - at);
        return true;
    }
    return false;
}

/* The 8 bytes at its start, for a spare part and an inside of these sizes. */
static uint8_t *put_spared(uint8_t *at, size_t spare, size_t inside)
{
    uint64_t word = 0x22 | (uint64_t)wire_padded3((uint32_t)(4 + spare + inside)) << 8 |
                    (uint64_t)SPARE_TAG << 32 | (uint64_t)wire_padded3((uint32_t)spare) << 40;
    memcpy(at, &word, sizeof word);
    return at + sizeof word;
}

/* Takes out the spare part. Returns the end of what is left. */
static uint8_t *close_gap(uint8_t *at, uint8_t *end)
{
    struct spared old;
    if (!find_spared(at, end, &old))
        return end;
    uint8_t *open = old.start + 1, *to = open + 3;
    wire_close(to + (old.end - old.inside), open);
    memmove(to, old.inside, (size_t)(end - old.inside));
    return to + (end - old.inside);
}

/* Takes out a field. Returns the end of what is left. */
static uint8_t *cut(uint8_t *at, uint8_t *end, uint32_t number)
{
    struct wire_field field;
    for (const uint8_t *next; at < end; at += next - at) {
        next = wire_read_field(at, end, &field);
        if (next == NULL)
            return end;
        if (field.number != number)
            continue;
        memmove(at, next, (size_t)(end - next));
        return end - (next - at);
    }
    return end;
}

static size_t spare_for(size_t body_size)
{
    return body_size < SPARE ? SPARE : body_size < SPARE_MAX ? body_size : SPARE_MAX;
}

static uint8_t *put_body(uint8_t *at, uint8_t *end, const struct change *change)
{
    uint8_t *start = at;
    at = close_gap(start, end);
    if (change->track != 0)
        at = wire_uint(cut(start, at, 11), 11, change->track);
    if (change->annotation == NULL)
        return at;
    size_t there = (size_t)(at - start), spare = there < SPARE       ? SPARE
                                                 : there < SPARE_MAX ? there
                                                                     : SPARE_MAX;
    uint8_t *inside = at + 8 + spare;
    end = annotation_put_inside(inside, change->annotation);
    put_spared(at, spare, (size_t)(end - inside));
    return end;
}

static size_t cost_again(const struct event_look *look, const struct change *change)
{
    size_t cost = AROUND + look->body_size;
    if (change->annotation != NULL)
        cost += spare_for(look->body_size) + annotation_cost(change->annotation);
    return cost;
}

static bool is_absolute(const struct event_look *look)
{
    struct wire_field field;
    const uint8_t *end = look->at + look->event;
    for (const uint8_t *at = look->at + look->fields; at != NULL && at < end;) {
        at = wire_read_field(at, end, &field);
        if (at != NULL && field.number == 58)
            return true;
    }
    return false;
}

static uint8_t *copy_time(uint8_t *to, const struct event_look *look)
{
    struct wire_field field;
    const uint8_t *end = look->at + look->event;
    for (const uint8_t *at = look->at + look->fields; at != NULL && at < end;) {
        at = wire_read_field(at, end, &field);
        if (at != NULL && (field.number == 8 || field.number == 58))
            to = wire_uint(to, field.number, field.value);
    }
    return to;
}

/* The packet at `where`, changed, at `to`. NULL where it cannot be read. */
static uint8_t *put_again(struct writer *w, uint8_t *to, uint64_t where, const struct event_look *look,
                          const struct change *change)
{
    uint64_t word;
    uint8_t *open, *at = event_open(w, to, &word);
    if (change->absolute && !is_absolute(look)) {
        at = wire_uint(at, 8, change->time + w->boot_offset);
        at = wire_uint(at, 58, ITT_CLOCK_BOOTTIME);
    } else {
        at = copy_time(at, look);
    }
    at = wire_open(at, 11, &open);
    if (slot_peek(w, where + look->body, at, look->body_size) != look->body_size)
        return NULL;
    at = wire_close(put_body(at, at + look->body_size, change), open);
    size_t behind = look->body + look->body_size, rest = look->size - behind;
    if (rest > REST_MAX || slot_peek(w, where + behind, at, rest) != rest)
        return NULL;
    word = event_close(to, at + rest, word);
    memcpy(to, &word, sizeof word);
    return at + rest;
}

static uint8_t *in_slot(struct writer *w, uint64_t where)
{
    uint64_t inside = where - w->slot_offset;
    return inside < w->slot_size ? writer_slot(w) + inside : NULL;
}

/* Built behind w->at, below the cover; then copied, but for the first 8 bytes, which are stored last. */
static bool use_spare(struct writer *w, uint8_t *packet, const struct event_look *look,
                      const struct annotation *annotation)
{
    uint8_t *body = packet + look->body, *built = w->at + WIRE_COVER_MIN;
    struct spared old;
    uint64_t word;
    if (!find_spared(body, body + look->body_size, &old))
        return false;
    uint8_t *end = annotation_put(built, annotation);
    size_t size = (size_t)(end - built), room = (size_t)(old.inside - old.spare);
    if (size > room)
        return false;
    put_spared(end, room - size, (size_t)(old.end - old.inside));
    memcpy(&word, built, sizeof word);
    memcpy(old.start + sizeof word, built + sizeof word, size);
    claim_store(old.start, word);
    return true;
}

static bool replace_last(struct writer *w, uint8_t *packet, const struct event_look *look,
                         const struct change *change)
{
    if (packet + look->size != w->at ||
        writer_room(w) < (intptr_t)(cost_again(look, change) + 2 * WIRE_COVER_MIN))
        return false;
    uint8_t *to = put_again(w, w->at + WIRE_COVER_MIN, w->amending, look, change);
    if (to == NULL)
        return false;
    writer_cover(w, to);
    claim_store(packet, wire_cover((uint32_t)look->size + WIRE_COVER_MIN));
    w->at = to;
    w->amending += look->size + WIRE_COVER_MIN;
    return true;
}

/* How much later a packet is than the one before it; UNTIMED where it does not say, or stands by itself. */
#define UNTIMED UINT64_MAX
static uint64_t delta_of(const uint8_t *at, const uint8_t *end)
{
    struct wire_field field;
    uint64_t delta = UNTIMED;
    while (at != NULL && at < end) {
        at = wire_read_field(at, end, &field);
        if (at != NULL && field.number == 8)
            delta = field.value;
        if (at != NULL && field.number == 58)
            return UNTIMED;
    }
    return delta;
}

/* The same of the first timed packet behind it. */
static uint64_t delta_behind(struct writer *w, uint64_t where)
{
    uint8_t bytes[256];
    size_t n = sizeof bytes;
    struct wire_field packet;
    const uint8_t *at = slot_look(w, where, bytes, &n), *end = at + n;
    while (at < end) {
        at = wire_read_field(at, end, &packet);
        if (at == NULL || packet.number != 1 || packet.type != WIRE_BYTES)
            break;
        uint64_t delta = delta_of(packet.data, at);
        if (delta != UNTIMED)
            return delta;
    }
    return UNTIMED;
}

/*
 * Readers keep events of the same time in the order of the file. So what is written again, for another place in the file, must
 * have no neighbour of its own nanosecond: else it goes to the next one, or back to the last one. False: those are taken too.
 */
static bool find_time(struct writer *w, const struct event_look *look, uint64_t *time)
{
    uint64_t before = delta_of(look->at + look->fields, look->at + look->event);
    uint64_t behind = before == UNTIMED ? UNTIMED : delta_behind(w, w->amending + look->size);
    if (before == 0)
        ++*time;
    else if (behind == 0)
        --*time;
    return before == 0 ? behind > 1 : behind > 0 || before > 1;
}

/* Room must be reserved. */
static bool write_again(struct writer *w, const struct event_look *look, const struct change *change)
{
    uint64_t old = w->amending;
    uint8_t *start = w->at, *built = start + WIRE_COVER_MIN;
    uint64_t where = w->slot_offset + (uint64_t)(start - writer_slot(w));
    uint8_t *end = put_again(w, built, old, look, change);
    if (end == NULL)
        return false;
    writer_put(w, built, (size_t)(end - built));
    event_take_back(w, old);
    w->amending = where;
    return true;
}

static bool add(struct writer *w, const struct written *written, const struct annotation *annotation)
{
    struct event_look look;
    struct change change = {.annotation = annotation, .time = written->time};
    if (!room_reserve(w, annotation_cost(annotation) + 2 * WIRE_COVER_MIN) ||
        !event_look(w, w->amending, &look))
        return false;
    uint8_t *packet = in_slot(w, w->amending);
    if (packet != NULL && use_spare(w, packet, &look, annotation))
        return true;
    if (look.body_size > BODY_MAX)
        return false;
    if (packet != NULL && replace_last(w, packet, &look, &change))
        return true;
    change.absolute = true;
    if (process_slept_since(written->time) ||
        !room_for(w, written->name, written->category, cost_again(&look, &change) + WIRE_COVER_MIN) ||
        !event_look(w, w->amending, &look) || (!written->alone && !find_time(w, &look, &change.time)) ||
        !write_again(w, &look, &change))
        return false;
    return true;
}

/* In front of the annotation with a spare part that w->spare tells. */
static __attribute__((noinline)) bool use_known_spare(struct writer *w, const struct annotation *annotation)
{
    uint8_t *built = w->at + WIRE_COVER_MIN, *start = w->spare.at;
    uint8_t *end = annotation_put_inside(built + 2, annotation);
    size_t size = (size_t)(end - built);
    uint64_t word;
    if (size > w->spare.room || size >= 128)
        return false;
    built[0] = 0x22;
    built[1] = (uint8_t)(size - 2);
    put_spared(end, w->spare.room - size, w->spare.inside);
    memcpy(&word, built, sizeof word);
    memcpy(start + sizeof word, built + sizeof word, size);
    claim_store(start, word);
    w->spare.at = start + size;
    w->spare.room -= (uint32_t)size;
    return true;
}

/* Where the track event begins in a packet as quick_commit() or quick_commit_wide() writes it; 0: it is none. */
static size_t short_event_in(const struct writer *w, const uint8_t *packet)
{
    const uint64_t wide = 0x005000808040000A | (w->begin_form << 8 & (uint64_t)0xff << 56);
    uint64_t word;
    memcpy(&word, packet, sizeof word);
    if (((word ^ w->begin_form) & 0xffffff8080ff00ff) == 0)
        return 8;
    return ((word ^ wide) & 0xffff808080ff00ff) == 0 && packet[8] == w->begin_form >> 56 ? 9 : 0;
}

/*
 * A plain begin as task_begin() writes it, or this has written it again; its time and sequence are copied:
 *
 *   0A [size] 40 [delta] 50 [sequence2] | 5A [size] 48 01 50 [name] 18 [category] | annotations
 */
static bool replace_short(struct writer *w, uint8_t *packet, uint64_t *where,
                          const struct annotation *annotation)
{
    const ptrdiff_t most = 127 - WIRE_COVER_MIN; /* for lengths of one byte, and wire_cover_less() */
    uint8_t *to = w->at + WIRE_COVER_MIN;
    const size_t size = (size_t)packet[1] + 2, event = short_event_in(w, packet);
    if (w->fast_end == NULL || event == 0 || packet + size != w->at || packet[event] != WIRE_EVENT_TAG ||
        packet[event + 1] != size - event - 2)
        return false;
    for (size_t i = 0; i < size; i += 8)
        memcpy(to + i, packet + i, 8);
    uint8_t *own = to + size, *end = annotation_put_inside(own + 2, annotation);
    if (end - to > most)
        return false;
    own[0] = 0x22;
    own[1] = (uint8_t)(end - own - 2);
    to[event + 1] = (uint8_t)(end - to - (ptrdiff_t)event - 2);
    to[1] = (uint8_t)(end - to - 2);
    w->cover = wire_cover_less(w->cover, (uint32_t)(end - w->at));
    memcpy(end, &w->cover, 8);
    claim_store(packet, wire_cover(WIRE_COVER_MIN) + (size << 8 | size << 40));
    w->at = end;
    *where += size + WIRE_COVER_MIN;
    return true;
}

bool amend_quickly(struct writer *w, uint64_t *where, const struct annotation *annotation)
{
    uint8_t *packet = in_slot(w, *where);
    if (packet == NULL || annotation->count > QUICK_MAX || annotation->key.length > QUICK_MAX ||
        writer_room(w) < (intptr_t)(QUICK_ROOM + SPARE + AROUND + 2 * WIRE_COVER_MIN))
        return false;
    if (w->spare.where == *where)
        return use_known_spare(w, annotation);
    return replace_short(w, packet, where, annotation);
}

/* For amend_quickly(). */
static void remember_spare(struct writer *w)
{
    struct event_look look;
    struct spared found;
    uint8_t *packet = in_slot(w, w->amending);
    if (packet == NULL || !event_look(w, w->amending, &look) ||
        !find_spared(packet + look.body, packet + look.body + look.body_size, &found))
        return;
    w->spare = (struct spare){.where = w->amending,
                              .at = found.start,
                              .room = (uint32_t)(found.inside - found.spare),
                              .inside = (uint32_t)(found.end - found.inside)};
}

bool amend_add(struct writer *w, struct written *written, const struct annotation *annotation)
{
    w->amending = written->where;
    w->spare.where = 0;
    bool added = add(w, written, annotation);
    written->where = w->amending;
    if (added)
        remember_spare(w);
    return added;
}

size_t amend_move_cost(struct writer *w, uint64_t where)
{
    struct event_look look;
    const struct change change = {.absolute = true};
    return event_look(w, where, &look) ? cost_again(&look, &change) + WIRE_COVER_MIN : 0;
}

bool amend_move(struct writer *w, struct written *written, uint64_t track)
{
    struct event_look look;
    struct change change = {.absolute = true, .time = written->time, .track = track};
    w->amending = written->where;
    bool moved = event_look(w, w->amending, &look);
    if (moved && !find_time(w, &look, &change.time))
        change.time = written->time;
    moved = moved && write_again(w, &look, &change);
    written->where = w->amending;
    return moved;
}
