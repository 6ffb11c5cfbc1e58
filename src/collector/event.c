#define _GNU_SOURCE
#include "event.h"
#include "slot.h"
#include "wire.h"
#include <string.h>

#define SEQUENCE_PADDED (1u << 21) /* ids below fit three bytes */

uint8_t *event_open(const struct writer *w, uint8_t *at, uint64_t *word)
{
    *word = WIRE_PACKET_TAG;
    if (w->sequence < SEQUENCE_PADDED) {
        *word |= (uint64_t)0x50 << 32 | (uint64_t)wire_padded3(w->sequence) << 40;
        return at + 8;
    }
    *word |= (uint64_t)WIRE_COVER_TAG << 32 | (uint64_t)2 << 40; /* an unknown field of two zero bytes */
    return wire_uint(at + 8, 10, w->sequence);
}

uint64_t event_close(const uint8_t *start, const uint8_t *end, uint64_t word)
{
    return word | (uint64_t)wire_padded3((uint32_t)(end - start - 4)) << 8;
}

static uint8_t *put_fixed64(uint8_t *at, uint32_t field, uint64_t value)
{
    at = wire_tag(at, field, WIRE_FIXED64);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

/* By its iid or, where that is 0, its text. */
static uint8_t *put_named(uint8_t *at, uint32_t iid_field, uint32_t iid, uint32_t text_field,
                          struct text text)
{
    if (iid != 0)
        return wire_uint(at, iid_field, iid);
    return text.bytes != NULL ? wire_text(at, text_field, text.bytes, text.length) : at;
}

/* The end of a slice that has a kind says in its detail what the slice was. */
static bool is_whole(const struct event *event)
{
    return event->type == EVENT_END && event->kind != ITT_KIND_TASK;
}

static uint8_t *put_value(uint8_t *at, const struct event *event)
{
    return event->is_double ? put_fixed64(at, 44, event->value) : wire_uint(at, 30, event->value);
}

/*
 * terminating_flow_ids would draw the first arrow from a slice and no further ones. The older form, legacy_event {bind_id,
 * flow_direction IN}, draws all, though only one to an event.
 */
static uint8_t *put_arrow(uint8_t *at, uint64_t flow)
{
    *at++ = 6 << 3 | WIRE_BYTES;
    uint8_t *length = at++;
    at = wire_uint(at, 8, flow);
    at = wire_uint(at, 13, 1);
    *length = (uint8_t)(at - length - 1);
    return at;
}

static uint8_t *put_track_event(uint8_t *at, const struct event *event)
{
    at = wire_uint(at, 9, event->type);
    if (!is_whole(event)) {
        at = put_named(at, 10, event->name, 23, event->name_text);
        at = put_named(at, 3, event->category, 22, event->category_text);
    }
    if (event->track != 0)
        at = wire_uint(at, 11, event->track);
    if (event->flow != 0)
        at = put_fixed64(at, 47, event->flow);
    if (event->parent_flow != 0)
        at = put_arrow(at, event->parent_flow);
    if (event->type == EVENT_COUNTER)
        at = put_value(at, event);
    for (uint32_t i = 0; i < event->annotation_count; i++)
        at = annotation_put(at, &event->annotations[i]);
    return at;
}

static uint8_t *put_detail(uint8_t *at, const struct event *event)
{
    uint8_t *detail;
    if (event->kind == ITT_KIND_TASK)
        return at;
    at = wire_open(at, ITT_FIELD_DETAIL, &detail);
    if (is_whole(event)) {
        at = wire_uint(at, 1, event->begin);
        at = put_named(at, 2, event->name, 5, event->name_text);
        at = put_named(at, 3, event->category, 6, event->category_text);
    }
    return wire_close(wire_uint(at, 7, event->kind), detail);
}

static uint8_t *put_time(struct writer *w, uint8_t *at, const struct event *event)
{
    if (event->absolute) {
        at = wire_uint(at, 8, event->time + w->boot_offset);
        return wire_uint(at, 58, ITT_CLOCK_BOOTTIME);
    }
    uint64_t time = event->time > w->last ? event->time : w->last;
    at = wire_uint(at, 8, time - w->last);
    w->last = time;
    return at;
}

static bool is_short(const struct event *event)
{
    return event->name_text.bytes == NULL && event->category_text.bytes == NULL &&
           event->annotation_count == 0;
}

/* Lengths of one byte: everything but texts. Returns the position behind. */
static uint8_t *put_short(struct writer *w, uint8_t *packet, const struct event *event)
{
    uint8_t *at = put_time(w, packet + 2, event);
    at = wire_uint(at, 10, w->sequence);
    *at++ = WIRE_EVENT_TAG;
    uint8_t *length = at++;
    at = put_track_event(at, event);
    *length = (uint8_t)(at - length - 1);
    at = put_detail(at, event);
    packet[0] = WIRE_PACKET_TAG;
    packet[1] = (uint8_t)(at - packet - 2);
    return at;
}

/* All but the first 8 bytes, `word`. */
static uint8_t *put_long(struct writer *w, uint8_t *packet, const struct event *event, uint64_t *word)
{
    uint8_t *open;
    uint8_t *at = event_open(w, packet, word);
    at = put_time(w, at, event);
    at = wire_open(at, 11, &open);
    at = put_detail(wire_close(put_track_event(at, event), open), event);
    *word = event_close(packet, at, *word);
    return at;
}

uint64_t event_write(struct writer *w, const struct event *event)
{
    uint64_t where = w->slot_offset + (uint64_t)(w->at - writer_slot(w)), word;
    if (is_short(event)) {
        uint8_t packet[128];
        writer_put(w, packet, (size_t)(put_short(w, packet, event) - packet));
    } else {
        uint8_t *to = put_long(w, w->at, event, &word);
        writer_commit(w, word, to);
    }
    return where;
}

/* The second lies behind the first when that becomes visible. */
void event_write_pair(struct writer *w, const struct event *first, const struct event *second)
{
    uint64_t word, second_word;
    uint8_t *middle = put_long(w, w->at, first, &word);
    uint8_t *to = put_long(w, middle, second, &second_word);
    memcpy(middle, &second_word, 8);
    writer_commit(w, word, to);
}

/* Finds a field of bytes in a message of which we may have the start alone. */
static bool find_bytes(const uint8_t *at, const uint8_t *end, uint32_t number, struct wire_field *field)
{
    uint64_t tag;
    while (at != NULL && at < end) {
        const uint8_t *data = wire_read_varint(at, end, &tag);
        if (data != NULL && tag == ((uint64_t)number << 3 | WIRE_BYTES)) {
            field->start = at;
            field->data = wire_read_varint(data, end, &field->value);
            return field->data != NULL;
        }
        at = data == NULL ? NULL : wire_read_field(at, end, field);
    }
    return false;
}

/* Where it ends, as far as we have it. */
static const uint8_t *end_within(const struct wire_field *field, const uint8_t *end)
{
    return field->value < (uint64_t)(end - field->data) ? field->data + field->value : end;
}

bool event_look(struct writer *w, uint64_t where, struct event_look *look)
{
    struct wire_field packet, event;
    size_t n = sizeof look->bytes;
    look->at = slot_look(w, where, look->bytes, &n);
    const uint8_t *end = look->at + n;
    if (!find_bytes(look->at, end, 1, &packet) || packet.start != look->at)
        return false;
    end = end_within(&packet, end);
    if (!find_bytes(packet.data, end, 11, &event))
        return false;
    look->size = (size_t)(packet.data - look->at) + (size_t)packet.value;
    look->fields = (uint32_t)(packet.data - look->at);
    look->event = (uint32_t)(event.start - look->at);
    look->body = (uint32_t)(event.data - look->at);
    look->body_size = (size_t)event.value;
    look->end = end_within(&event, end);
    return look->body + look->body_size <= look->size;
}

size_t event_peek_name(struct writer *w, uint64_t where, char *to, size_t size)
{
    struct event_look look;
    struct wire_field name;
    if (!event_look(w, where, &look) || !find_bytes(look.at + look.body, look.end, 23, &name))
        return 0;
    size_t all = (size_t)name.value, length = (size_t)(end_within(&name, look.end) - name.data);
    if (length > size)
        length = size;
    while (length > 0 && length < all && (name.data[length] & 0xc0) == 0x80)
        length--; /* not inside a character */
    memcpy(to, name.data, length);
    return length;
}

void event_take_back(struct writer *w, uint64_t where)
{
    struct event_look look;
    if (event_look(w, where, &look))
        slot_poke(w, where + look.event, WIRE_COVER_TAG);
}
