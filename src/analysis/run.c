/* The packets of which nearly all of a trace consists, at full speed: above all, begin and end on the thread's own track. */
#include "kind.h"
#include "segment.h"
#include <string.h>

/*
 * As the collector's hot path writes them (t, s, n, c: time, sequence id, iids of name and category):
 *
 *   begin  0A 0E  40 tt tt  50 ss ss  5A 06  48 01  50 nn  18 cc
 *   end    0A 0A  40 tt tt  50 ss ss  5A 02  48 02
 *
 * What is on lanes has two forms, too (u, f, b, k: track, flow, begin, kind):
 *
 *   begin  0A 27  40 tt tt  50 ss ss  5A 1A  48 01  50 nn  18 cc  58 (9 u)  F9 02 (8 f)  F2 7F 02  38 kk
 *   end    0A 26  40 tt tt  50 ss ss  5A 0C  48 02  58 (9 u)  F2 7F 0F  08 (8 b)  10 nn  18 cc  38 kk
 *
 * Other widths of the numbers, begins with metadata, and what is on lanes go the longer way through read_long(); all else goes through
 * segment_feed(), which knows it all.
 */
#define COVER_MAX      1024 /* there may be more in a longer one */
#define HOT_MASK       0xffffff8080ff80ffu
#define HOT_FORM       0x000050008040000au
#define HOT_BEGIN_MASK 0x80ff80ffffffffffu
#define HOT_BEGIN      0x001800500148065au
#define END_EVENT      0x0248025au
#define LANE_BEGIN     0x0018005001481a5au
#define LANE_END       0x0000005802480c5au
#define LANE_END_MASK  0x000000ffffffffffu
#define HIGH_BITS      0x8080808080808080u

static inline uint64_t load64(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

static inline uint32_t load32(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

/* A varint of up to four bytes; NULL: longer. */
static inline const uint8_t *read_short(const uint8_t *at, uint32_t *value)
{
    uint32_t word = load32(at);
    uint32_t stop = ~word & 0x80808080u;
    if (stop == 0)
        return NULL;
    word &= stop ^ (stop - 1);
    *value = (word & 0x7f) | (word >> 1 & 0x3f80) | (word >> 2 & 0x1fc000) | (word >> 3 & 0xfe00000);
    return at + __builtin_ctz(stop) / 8 + 1;
}

/* 40 time 50 sequence, of any width. */
static const uint8_t *read_header(const uint8_t *at, uint64_t sequence, uint32_t *delta)
{
    uint32_t found;
    if (at[0] != 0x0a || at[1] >= 0x80 || at[2] != 0x40)
        return NULL;
    at = read_short(at + 3, delta);
    if (at == NULL || *at != 0x50)
        return NULL;
    at = read_short(at + 1, &found);
    return at != NULL && found == sequence ? at : NULL;
}

/* 5A length 48 01 50 name 18 category, up to `end`. */
static bool read_begin(const uint8_t *at, const uint8_t *end, uint32_t *name, uint32_t *category)
{
    if (at[0] != 0x5a || at + 2 + at[1] != end || at[2] != 0x48 || at[3] != 1 || at[4] != 0x50)
        return false;
    at = read_short(at + 5, name);
    if (at == NULL || *at != 0x18)
        return false;
    return read_short(at + 1, category) == end;
}

/* A packet of one of the other widths or kinds that are frequent. */
struct long_packet {
    uint32_t delta;
    bool has_detail;
    struct event event;
    struct detail detail;
};

/* Bytes with their length ahead; the place behind them, NULL where they end behind `end`. */
static inline const uint8_t *read_bytes(const uint8_t *at, const uint8_t *end, struct span *bytes)
{
    uint64_t length;
    at = wire_read_varint(at, end, &length);
    if (at == NULL || length > (uint64_t)(end - at))
        return NULL;
    *bytes = (struct span){at, at + length};
    return bytes->end;
}

/* A track_event's type, name, category, track and value; annotations and flows do not matter. False: there is more. */
static bool read_event(const uint8_t *at, const uint8_t *end, struct event *event)
{
    struct span bytes;
    while (at != NULL && at < end) {
        const bool eight = end - at >= 10 && (at[1] == 2);
        if (*at == 0x48)
            at = wire_read_varint(at + 1, end, &event->type);
        else if (*at == 0x50)
            at = wire_read_varint(at + 1, end, &event->name);
        else if (*at == 0x18)
            at = wire_read_varint(at + 1, end, &event->category);
        else if (*at == 0x58)
            at = wire_read_varint(at + 1, end, &event->track), event->has_track = true;
        else if (*at == 0x22)
            at = read_bytes(at + 1, end, &bytes);
        else if (*at == 0xf9 && eight)
            at += 10;
        else if (*at == 0xf0 && end - at >= 2 && at[1] == 1)
            at = wire_read_varint(at + 2, end, &event->value);
        else if (*at == 0xe1 && eight)
            memcpy(&event->value, at + 2, 8), event->real = true, at += 10;
        else
            return false;
    }
    return at == end;
}

/* A detail without texts. */
static bool read_detail(const uint8_t *at, const uint8_t *end, struct detail *detail)
{
    while (at != NULL && at < end) {
        if (*at == 0x08)
            at = wire_read_varint(at + 1, end, &detail->begin);
        else if (*at == 0x10)
            at = wire_read_varint(at + 1, end, &detail->as.name);
        else if (*at == 0x18)
            at = wire_read_varint(at + 1, end, &detail->as.category);
        else if (*at == 0x38)
            at = wire_read_varint(at + 1, end, &detail->kind);
        else
            return false;
    }
    return at == end;
}

/* 40 time 50 sequence 5A event [F2 7F detail]. The place behind it; NULL: something else. */
static __attribute__((noinline)) const uint8_t *read_long(const uint8_t *at, const uint8_t *end,
                                                          uint64_t sequence, struct long_packet *packet)
{
    uint64_t delta, found;
    struct span inside, event, detail;
    const uint8_t *next = read_bytes(at + 1, end, &inside);
    memset(&packet->event, 0, sizeof packet->event);
    if (*at != WIRE_PACKET_TAG || next == NULL || next - at < 8)
        return NULL;
    at = inside.at;
    if (*at != 0x40 || (at = wire_read_varint(at + 1, next, &delta)) == NULL || at == next || *at != 0x50)
        return NULL;
    at = wire_read_varint(at + 1, next, &found);
    if (at == NULL || found != sequence || at == next || *at != WIRE_EVENT_TAG || delta > UINT32_MAX)
        return NULL;
    packet->delta = (uint32_t)delta;
    at = read_bytes(at + 1, next, &event);
    if (at == NULL || !read_event(event.at, event.end, &packet->event))
        return NULL;
    packet->has_detail = at != next;
    if (!packet->has_detail)
        return next;
    memset(&packet->detail, 0, sizeof packet->detail);
    if (next - at < 3 || at[0] != 0xf2 || at[1] != 0x7f || read_bytes(at + 2, next, &detail) != next)
        return NULL;
    return read_detail(detail.at, detail.end, &packet->detail) ? next : NULL;
}

static inline uint32_t cover_size(uint64_t word)
{
    return 4 + ((uint32_t)(word >> 8 & 0x7f) | (uint32_t)(word >> 16 & 0x7f) << 7);
}

/* A cover over a packet that was replaced. */
static inline bool is_cover(const uint8_t *at, const uint8_t *end, uint64_t word)
{
    const uint32_t size = cover_size(word);
    return (word >> 32 & 0xff) == WIRE_COVER_TAG && size <= COVER_MAX && (uint64_t)(end - at) >= size &&
           word == wire_cover(size);
}

/* A number of exactly `size` bytes, 8 or 9. */
static inline bool is_wide(const uint8_t *at, unsigned size)
{
    uint64_t high = load64(at) & HIGH_BITS;
    return size == 8 ? high == HIGH_BITS >> 8 : high == HIGH_BITS && at[8] < 0x80;
}

/* What is on a lane, in its usual form, from its event on. */
static inline bool read_lane(const uint8_t *event, const uint8_t *next, struct long_packet *packet)
{
    uint64_t word = load64(event);
    if ((word & HOT_BEGIN_MASK) == LANE_BEGIN && event + 33 == next) {
        const bool flow = event[18] == 0xf9 && event[19] == 2;
        packet->event.type = EVENT_BEGIN;
        packet->event.name = word >> 40 & 0x7f;
        packet->event.category = word >> 56;
        packet->detail.kind = event[32];
        return packet->detail.kind - 1u < 0x7f && event[8] == 0x58 && is_wide(event + 9, 9) && flow &&
               load32(event + 28) == 0x38027ff2u;
    }
    if ((word & LANE_END_MASK) != LANE_END || event + 32 != next)
        return false;
    packet->event.type = EVENT_END;
    packet->detail.begin = wire_digits(load64(event + 18));
    packet->detail.as.name = event[27];
    packet->detail.as.category = event[29];
    packet->detail.kind = event[31];
    word = load64(event + 24) & 0x80ff80ff80ff0000u;
    return packet->detail.kind != 0 && is_wide(event + 5, 9) && is_wide(event + 18, 8) &&
           load32(event + 14) == 0x080f7ff2u && word == 0x0038001800100000u;
}

enum step { STEP_NONE, STEP_BEGIN, STEP_END, STEP_LANE, STEP_KIND };

static enum step step_of(const struct long_packet *packet)
{
    const uint64_t type = packet->event.type;
    if (packet->has_detail)
        return packet->detail.kind != 0 && type != EVENT_INSTANT ? STEP_KIND : STEP_NONE;
    if (packet->event.has_track || (packet->event.name | packet->event.category) > UINT32_MAX)
        return STEP_NONE;
    return type == EVENT_BEGIN ? STEP_BEGIN : type == EVENT_END ? STEP_END : STEP_NONE;
}

/* With a tree or without one: `tree` is a constant. */
static inline __attribute__((always_inline)) const uint8_t *run(struct segment *segment, const uint8_t *at,
                                                                const uint8_t *end, bool tree)
{
    struct summary *summary = segment->summary;
    struct stacks *stacks = &segment->stacks;
    struct open_task *entries = stacks->entries;
    const uint64_t sequence = segment->sequence, shift = segment->shift;
    const uint64_t form = HOT_FORM | ((sequence & 0x7f) | 0x80 | sequence >> 7 << 8) << 48;
    const bool hot = sequence < 1u << 14;
    uint64_t time = segment->time, events = 0;
    uint32_t top = stacks->stack[0].top;
    struct long_packet packet = {0}, lane = {0};

    while (end - at >= 12) {
        uint64_t word = load64(at);
        uint32_t delta, name, category;
        enum step step = STEP_NONE;
        const uint8_t *next = at + 2 + (word >> 8 & 0xff), *event = at + 8;
        if (next > end)
            break;
        if (__builtin_expect(hot && (word & HOT_MASK) == form, 1))
            delta = (uint32_t)(word >> 24 & 0x7f) | (uint32_t)(word >> 32 & 0x7f) << 7;
        else
            event = read_header(at, sequence, &delta);
        if (__builtin_expect(event != NULL, 1)) {
            word = load64(event);
            name = word >> 40 & 0x7f;
            category = (uint32_t)(word >> 56);
            if ((uint32_t)word == END_EVENT && event + 4 == next)
                step = STEP_END;
            else if (((word & HOT_BEGIN_MASK) == HOT_BEGIN && event + 8 == next) ||
                     read_begin(event, next, &name, &category))
                step = STEP_BEGIN;
            else if (read_lane(event, next, &lane))
                step = STEP_LANE;
        }
        if (step == STEP_NONE && is_cover(at, end, word)) {
            at += cover_size(word);
            continue;
        }
        if (__builtin_expect(step == STEP_NONE, 0)) {
            next = read_long(at, end, sequence, &packet);
            step = next != NULL ? step_of(&packet) : STEP_NONE;
            delta = packet.delta;
            name = (uint32_t)packet.event.name;
            category = (uint32_t)packet.event.category;
        }
        if (step == STEP_END) {
            if (top == 0 || entries[top].level != 0 || entries[top].flags != 0)
                break;
            const struct open_task *open = &entries[top];
            time += delta;
            uint64_t now = time + shift, begin = open->begin + open->shift;
            uint64_t duration = now > begin ? now - begin : 0;
            uint32_t below = open->below;
            if (!task_add(&summary->tasks, open->task, duration, segment->thread))
                summary->out_of_memory = true;
            if (tree)
                tree_add(&summary->tree, stacks->nodes[top], duration);
            if (below != 0) {
                entries[below].children += duration;
                entries[below].task->children += duration;
                if (tree)
                    tree_charge(&summary->tree, stacks->nodes[below], duration);
            }
            stacks_release(stacks, top);
            top = below;
        } else if (step == STEP_BEGIN) {
            struct task *task = names_known(&segment->names, category, name);
            if (task == NULL)
                task = names_task(&segment->names, &(struct event){.name = name, .category = category},
                                  ITT_KIND_TASK);
            uint32_t entry = task != NULL ? stacks_entry(stacks) : 0;
            if (entry == 0)
                break;
            entries = stacks->entries;
            time += delta;
            entries[entry] = (struct open_task){.task = task, .begin = time, .shift = shift, .below = top};
            if (tree)
                stacks->nodes[entry] = tree_node(&summary->tree, stacks_node(stacks, top), task);
            top = entry;
        } else if (step == STEP_LANE || step == STEP_KIND) {
            const struct long_packet *what = step == STEP_LANE ? &lane : &packet;
            time += delta;
            if (!kind_take(segment, NULL, &what->event, &what->detail, time + shift))
                summary->out_of_memory = true;
        } else if (step == STEP_NONE) {
            break;
        }
        events++;
        at = next;
    }
    stacks->stack[0].top = top;
    segment->time = time;
    summary->events += events;
    if (events != 0 && time + shift > segment->last_time)
        segment->last_time = time + shift;
    return at;
}

const uint8_t *segment_run(struct segment *segment, const uint8_t *at, const uint8_t *end)
{
    /* The first event, which says when it all began, goes the long way. */
    if (segment->state != SEGMENT_READ || segment->first_time > segment->last_time)
        return at;
    return segment->stacks.has_nodes ? run(segment, at, end, true) : run(segment, at, end, false);
}
