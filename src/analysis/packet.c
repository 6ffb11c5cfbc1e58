#include "packet.h"
#include <string.h>

/* The next field of a message; false at its end and, with *bad set, where it does not parse. */
static bool span_next(struct span *span, struct wire_field *field, bool *bad)
{
    if (span->at == span->end)
        return false;
    span->at = wire_read_field(span->at, span->end, field);
    *bad = span->at == NULL;
    return !*bad;
}

static struct span field_span(const struct wire_field *field)
{
    return (struct span){field->data, field->data + field->value};
}

static struct text field_text(const struct wire_field *field)
{
    return (struct text){(const char *)field->data, (uint32_t)field->value};
}

static void packet_bytes(const struct wire_field *field, struct packet *packet)
{
    switch (field->number) {
    case 6:
        packet->snapshot = field_span(field);
        break;
    case 11:
        packet->event = field_span(field);
        break;
    case 12:
        packet->interned = field_span(field);
        break;
    case 59:
        packet->defaults = field_span(field);
        break;
    case 60:
        packet->descriptor = field_span(field);
        break;
    case ITT_FIELD_SEGMENT:
        packet->info = field_span(field);
        break;
    case ITT_FIELD_DETAIL:
        packet->detail = field_span(field);
        break;
    case ITT_FIELD_COVER:
        packet->taken_back = field_span(field);
        break;
    }
}

static void packet_number(const struct wire_field *field, struct packet *packet)
{
    switch (field->number) {
    case 8:
        packet->time = field->value;
        packet->timed = true;
        break;
    case 10:
        packet->sequence = field->value;
        break;
    case 13:
        packet->flags = field->value;
        break;
    case 58:
        packet->clock = field->value;
        break;
    }
}

bool packet_read(const uint8_t *at, const uint8_t *end, struct packet *packet)
{
    struct span span = {at, end};
    struct wire_field field;
    bool bad = false;
    memset(packet, 0, sizeof *packet);
    while (span_next(&span, &field, &bad)) {
        if (field.type == WIRE_BYTES)
            packet_bytes(&field, packet);
        else if (field.type == WIRE_VARINT)
            packet_number(&field, packet);
    }
    return !bad;
}

bool event_read(struct span span, struct event *event)
{
    struct wire_field field;
    bool bad = false;
    memset(event, 0, sizeof *event);
    while (span_next(&span, &field, &bad)) {
        bool bytes = field.type == WIRE_BYTES;
        if (field.number == 9 && !bytes)
            event->type = field.value;
        else if (field.number == 10 && !bytes)
            event->name = field.value;
        else if (field.number == 3 && !bytes)
            event->category = field.value;
        else if (field.number == 11 && !bytes)
            event->track = field.value, event->has_track = true;
        else if (field.number == 23 && bytes)
            event->name_text = field_text(&field);
        else if (field.number == 22 && bytes)
            event->category_text = field_text(&field);
        else if (field.number == 30 && !bytes)
            event->value = field.value;
        else if (field.number == 44 && !bytes)
            event->value = field.value, event->real = true;
    }
    return !bad;
}

bool detail_read(struct span span, struct detail *detail)
{
    struct wire_field field;
    bool bad = false;
    memset(detail, 0, sizeof *detail);
    while (span_next(&span, &field, &bad)) {
        bool bytes = field.type == WIRE_BYTES;
        if (field.number == 1 && !bytes)
            detail->begin = field.value;
        else if (field.number == 2 && !bytes)
            detail->as.name = field.value;
        else if (field.number == 3 && !bytes)
            detail->as.category = field.value;
        else if (field.number == 5 && bytes)
            detail->as.name_text = field_text(&field);
        else if (field.number == 6 && bytes)
            detail->as.category_text = field_text(&field);
        else if (field.number == 7 && !bytes)
            detail->kind = field.value;
    }
    return !bad;
}

/* The value under one key; false where an annotation is another one or does not parse. */
static bool annotation_text(struct span span, const char *key, struct text *text)
{
    struct wire_field field;
    struct text name = {"", 0};
    bool bad = false;
    while (span_next(&span, &field, &bad)) {
        if (field.number == 10 && field.type == WIRE_BYTES)
            name = field_text(&field);
        else if (field.number == 6 && field.type == WIRE_BYTES)
            *text = field_text(&field);
    }
    return !bad && name.length == strlen(key) && memcmp(name.bytes, key, name.length) == 0;
}

struct text event_annotation(struct span event, const char *key)
{
    struct wire_field field;
    bool bad = false;
    while (span_next(&event, &field, &bad)) {
        struct text text = {"", 0};
        if (field.number == 4 && field.type == WIRE_BYTES && annotation_text(field_span(&field), key, &text))
            return text;
    }
    return (struct text){"", 0};
}

static bool clock_read(struct span span, struct clocks *clocks)
{
    struct wire_field field;
    uint64_t id = 0, time = 0;
    bool bad = false;
    while (span_next(&span, &field, &bad)) {
        if (field.number == 1)
            id = field.value;
        else if (field.number == 2)
            time = field.value;
    }
    if (id == ITT_CLOCK_SEQUENCE)
        clocks->sequence = time;
    else if (id == ITT_CLOCK_BOOTTIME)
        clocks->boot = time;
    return !bad;
}

bool clocks_read(struct span span, struct clocks *clocks)
{
    struct wire_field field;
    bool bad = false;
    memset(clocks, 0, sizeof *clocks);
    while (span_next(&span, &field, &bad)) {
        if (field.number == 1 && field.type == WIRE_BYTES && !clock_read(field_span(&field), clocks))
            return false;
    }
    /* Times past a hundred years are none. */
    const uint64_t sane = (uint64_t)1 << 62;
    return !bad && clocks->sequence < sane && clocks->boot < sane && clocks->boot != 0;
}

bool defaults_read(struct span span, uint64_t *track)
{
    struct wire_field field;
    bool bad = false;
    while (span_next(&span, &field, &bad)) {
        struct event event;
        if (field.number != 11 || field.type != WIRE_BYTES)
            continue;
        if (!event_read(field_span(&field), &event))
            return false;
        *track = event.track;
    }
    return !bad;
}

bool open_entry_read(struct span span, struct open_entry *entry)
{
    struct wire_field field;
    bool bad = false;
    memset(entry, 0, sizeof *entry);
    while (span_next(&span, &field, &bad)) {
        bool bytes = field.type == WIRE_BYTES;
        if (field.number == 1 && !bytes)
            entry->begin = field.value;
        else if (field.number == 2 && !bytes)
            entry->as.name = field.value;
        else if (field.number == 3 && !bytes)
            entry->as.category = field.value;
        else if (field.number == 4 && !bytes)
            entry->as.track = field.value, entry->as.has_track = true;
        else if (field.number == 5 && bytes)
            entry->as.name_text = field_text(&field);
        else if (field.number == 6 && bytes)
            entry->as.category_text = field_text(&field);
    }
    return !bad;
}

/* A text of what a descriptor describes: the field of a name or unit. */
static bool described_text(struct span span, uint32_t number, struct text *text)
{
    struct wire_field field;
    bool bad = false;
    while (span_next(&span, &field, &bad)) {
        if (field.number == number && field.type == WIRE_BYTES)
            *text = field_text(&field);
    }
    return !bad;
}

bool descriptor_read(struct span span, struct descriptor *descriptor)
{
    struct wire_field field;
    bool bad = false;
    memset(descriptor, 0, sizeof *descriptor);
    while (span_next(&span, &field, &bad)) {
        uint32_t name_field = 0;
        if (field.number == 1 && field.type == WIRE_VARINT)
            descriptor->track = field.value;
        if (field.type != WIRE_BYTES)
            continue;
        if (field.number == 3)
            descriptor->is_process = true, name_field = 6;
        else if (field.number == 4)
            descriptor->is_thread = true, name_field = 5;
        else if (field.number == 8)
            descriptor->is_counter = true, name_field = 6;
        if (name_field != 0 && !described_text(field_span(&field), name_field, &descriptor->name))
            return false;
    }
    return !bad;
}

bool interned_read(struct span span, uint64_t *iid, struct text *text)
{
    struct wire_field field;
    bool bad = false;
    *iid = 0;
    *text = (struct text){"", 0};
    while (span_next(&span, &field, &bad)) {
        if (field.number == 1 && field.type == WIRE_VARINT)
            *iid = field.value;
        else if (field.number == 2 && field.type == WIRE_BYTES)
            *text = field_text(&field);
    }
    return !bad;
}
