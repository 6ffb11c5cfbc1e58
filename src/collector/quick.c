#define _GNU_SOURCE
#include "quick.h"
#include "join.h"

#define SHORT_BEGIN ((uint64_t)1 << 56) /* that eight bytes of varint hold */
#define BEGIN_SIZE  41u
#define END_SIZE    40u

/*
 *   0A 27 40 [delta2] 50 [sequence2] | 5A 1A 48 01 50 [name] 18 [domain] | 58 [lane9]
 *   F9 02 [flow8] | F2 7F 02 38 [kind] | cover
 */
bool quick_begin(struct writer *w, const struct span_key *key, uint32_t group, uint32_t name, bool has_flow)
{
    uint64_t now, ticks = clock_ticks();
    if (!quick_knows(w, key->domain, name) || !quick_is_possible(w, ticks, BEGIN_SIZE, &now))
        return false;
    const struct lane *lane = lane_take_own(w, lane_place(group, key->domain), now);
    if (lane == NULL)
        return false;
    struct spans *spans = slice_spans(w);
    const uint64_t hash = id_hash(key->id);
    struct span *span = span_claim(spans, key, hash);
    if (span == NULL) {
        lane_return(w, lane->number);
        return false;
    }
    uint8_t *at = w->at;
    quick_put(at + 8, 0x001800500148005Aull | (uint64_t)name << 40 | (uint64_t)key->domain << 56);
    memcpy(at + 16, lane->field, 16);
    size_t size = 26;
    if (has_flow) {
        quick_put_flow(at + size, flow_new_hashed(w, hash));
        size += QUICK_FLOW_SIZE;
    }
    at[9] = (uint8_t)(size - 10);
    quick_put(at + size, 0x38027FF2 | (uint64_t)key->kind << 32);
    SPAN_SET(span->begin, now);
    SPAN_SET(span->where, w->slot_offset + (uint64_t)(at - writer_slot(w)));
    SPAN_SET(span->segment, w->segment);
    SPAN_SET(span->name, name);
    SPAN_SET(span->lost, 0);
    SPAN_SET(span->lane, lane->number);
    quick_commit(w, size + 5, quick_form(w, size + 5), now);
    span_open(spans, span);
    return true;
}

/*
 *   0A 26 40 [delta2] 50 [sequence2] | 5A 0C 48 02 58 [lane9]
 *   F2 7F 0F 08 [begin8] 10 [name] 18 [domain] 38 [kind] | cover
 */
bool quick_end(struct writer *w, struct span *span, uint64_t ticks)
{
    uint32_t place = SPAN_GET(span->place), name = SPAN_GET(span->name), number = SPAN_GET(span->lane);
    uint32_t domain = place & SPAN_DOMAIN;
    uint64_t now, begin = SPAN_GET(span->begin);
    if (number == 0 || !quick_knows(w, domain, name) || !quick_is_possible(w, ticks, END_SIZE, &now) ||
        begin >= SHORT_BEGIN || begin >= now)
        return false;
    struct lane *lane = lane_at(w, number);
    if (!lane_told(w, number) || lane->field[0] == 0)
        return false;
    uint8_t *at = w->at;
    quick_put(at + 8, 0x02480C5A);
    memcpy(at + 12, lane->field, 16);
    quick_put(at + 22, 0x080F7FF2);
    quick_put(at + 26, wire_padded8(begin));
    quick_put(at + 34, 0x10 | name << 8 | 0x18 << 16 | (uint64_t)domain << 24 | (uint64_t)0x38 << 32 |
                           (uint64_t)(place >> SPAN_KIND_SHIFT) << 40);
    quick_commit(w, END_SIZE, quick_form(w, END_SIZE), now);
    lane_give_own(w, lane, begin, now);
    span_free(slice_spans(w), span);
    return true;
}
