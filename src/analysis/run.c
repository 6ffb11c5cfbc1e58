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

/* Whether a field of 8 bytes with a tag of two, of which this is the second, is all there. */
static inline bool is_fixed(const uint8_t *at, const uint8_t *end)
{
    return end - at >= 10 && at[1] == 2;
}

/* A track_event's type, name, category, track and value; annotations and flows do not matter. False: there is more. */
static bool read_event(const uint8_t *at, const uint8_t *end, struct event *event)
{
    struct span bytes;
    while (at != NULL && at < end) {
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
        else if (*at == 0xf9 && is_fixed(at, end))
            at += 10;
        else if (*at == 0xf0 && end - at >= 2 && at[1] == 1)
            at = wire_read_varint(at + 2, end, &event->value);
        else if (*at == 0xe1 && is_fixed(at, end))
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
    packet->has_detail = at != next || packet->event.type == EVENT_COUNTER;
    if (!packet->has_detail)
        return next;
    memset(&packet->detail, 0, sizeof packet->detail);
    if (at == next) {
        packet->detail.kind = ITT_KIND_COUNTER;
        return next;
    }
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

/* What is on a lane, in its usual form, from its event on; what such packets have not stays zero. */
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
    packet->detail.kind = event[31];
    packet->detail.begin = wire_digits(load64(event + 18));
    packet->detail.as.name = event[27];
    packet->detail.as.category = event[29];
    word = load64(event + 24) & 0x80ff80ff80ff0000u;
    return packet->detail.kind != 0 && is_wide(event + 5, 9) && is_wide(event + 18, 8) &&
           load32(event + 14) == 0x080f7ff2u && word == 0x0038001800100000u;
}

/* What of the segment is at hand while the packets are short. */
struct run {
    struct segment *segment;
    struct summary *summary;
    struct stacks *stacks;
    struct open_task *entries;
    uint64_t time, shift, events;
    uint32_t top;
    bool tree; /* a constant, as all that takes part is inlined */
};

#define INLINE static inline __attribute__((always_inline))

/* False: the long way. */
INLINE bool run_end(struct run *run, uint64_t delta)
{
    struct open_task *entries = run->entries;
    if (run->top == 0 || (entries[run->top].level | entries[run->top].flags) != 0)
        return false;
    const struct open_task *open = &entries[run->top];
    run->time += delta;
    uint64_t now = run->time + run->shift, begin = open->begin + open->shift;
    uint64_t duration = now > begin ? now - begin : 0;
    uint32_t below = open->below;
    if (!task_add(&run->summary->tasks, open->task, duration, run->segment->thread))
        run->summary->out_of_memory = true;
    if (run->tree)
        tree_add(&run->summary->tree, run->stacks->nodes[run->top], duration);
    if (below != 0) {
        entries[below].children += duration;
        entries[below].task->children += duration;
        if (run->tree)
            tree_charge(&run->summary->tree, run->stacks->nodes[below], duration);
    }
    stacks_release(run->stacks, run->top);
    run->top = below;
    return true;
}

/* False: the long way. */
INLINE bool run_begin(struct run *run, uint64_t delta, uint32_t name, uint32_t category)
{
    struct names *names = &run->segment->names;
    struct task *task = names_known(names, category, name);
    if (task == NULL)
        task = names_task(names, &(struct event){.name = name, .category = category}, ITT_KIND_TASK);
    uint32_t entry = task != NULL ? stacks_entry(run->stacks) : 0;
    if (entry == 0)
        return false;
    run->entries = run->stacks->entries;
    run->time += delta;
    run->entries[entry] =
        (struct open_task){.task = task, .begin = run->time, .shift = run->shift, .below = run->top};
    if (run->tree)
        run->stacks->nodes[entry] = tree_node(&run->summary->tree, stacks_node(run->stacks, run->top), task);
    run->top = entry;
    return true;
}

/* A begin, end, or what has a detail, that is not short. */
INLINE bool run_long(struct run *run, const struct long_packet *packet)
{
    const struct event *event = &packet->event;
    if (packet->has_detail) {
        if (packet->detail.kind == 0 || event->type == EVENT_INSTANT)
            return false;
        run->time += packet->delta;
        if (!kind_take(run->segment, NULL, event, &packet->detail, run->time + run->shift))
            run->summary->out_of_memory = true;
        return true;
    }
    if (event->has_track || (event->name | event->category) > UINT32_MAX)
        return false;
    if (event->type == EVENT_END)
        return run_end(run, packet->delta);
    return event->type == EVENT_BEGIN &&
           run_begin(run, packet->delta, (uint32_t)event->name, (uint32_t)event->category);
}

/* All but the two. `event`, `delta`: behind the header, NULL where that is another one. NULL: the long way. */
INLINE const uint8_t *run_rest(struct run *run, const uint8_t *at, const uint8_t *end, const uint8_t *event,
                               uint32_t delta, struct long_packet *lane)
{
    struct long_packet packet;
    uint32_t name, category;
    const uint8_t *next = at + 2 + at[1];
    if (event == NULL && is_cover(at, end, load64(at))) {
        run->events--;
        return at + cover_size(load64(at));
    }
    if (event != NULL && read_begin(event, next, &name, &category))
        return run_begin(run, delta, name, category) ? next : NULL;
    if (event != NULL && read_lane(event, next, lane)) {
        lane->delta = delta;
        return run_long(run, lane) ? next : NULL;
    }
    next = read_long(at, end, run->segment->sequence, &packet);
    return next != NULL && run_long(run, &packet) ? next : NULL;
}

INLINE const uint8_t *run_all(struct segment *segment, const uint8_t *at, const uint8_t *end, bool tree)
{
    struct run run = {
        .segment = segment, .summary = segment->summary, .stacks = &segment->stacks, .tree = tree};
    const uint64_t sequence = segment->sequence;
    const uint64_t hot = HOT_FORM | ((sequence & 0x7f) | 0x80 | sequence >> 7 << 8) << 48;
    const uint64_t form = sequence < 1u << 14 ? hot : UINT64_MAX; /* no packet has that */
    struct long_packet lane = {.has_detail = true};
    run.entries = run.stacks->entries;
    run.time = segment->time;
    run.shift = segment->shift;
    run.top = run.stacks->stack[0].top;
    /* A begin that came once more may be ahead of its time: what begins now has its place below. */
    if (run.top != 0 && run.entries[run.top].begin > run.time)
        return at;

    for (const uint8_t *last = end - 12; at <= last;) {
        uint64_t word = load64(at);
        uint32_t delta = 0;
        const uint8_t *next = at + 2 + (word >> 8 & 0xff), *event = at + 8;
        if (next > end)
            break;
        if (__builtin_expect((word & HOT_MASK) == form, 1))
            delta = (uint32_t)((word >> 24 & 0x7f) | (word >> 25 & 0x3f80));
        else
            event = read_header(at, sequence, &delta);
        word = event != NULL ? load64(event) : 0;
        if ((uint32_t)word == END_EVENT && event + 4 == next) {
            if (!run_end(&run, delta))
                break;
        } else if ((word & HOT_BEGIN_MASK) == HOT_BEGIN && event + 8 == next) {
            if (!run_begin(&run, delta, word >> 40 & 0x7f, (uint32_t)(word >> 56)))
                break;
        } else {
            next = run_rest(&run, at, end, event, delta, &lane);
            if (next == NULL)
                break;
        }
        run.events++;
        at = next;
    }
    run.stacks->stack[0].top = run.top;
    segment->time = run.time;
    run.summary->events += run.events;
    if (run.events != 0 && run.time + run.shift > segment->last_time)
        segment->last_time = run.time + run.shift;
    return at;
}

const uint8_t *segment_run(struct segment *segment, const uint8_t *at, const uint8_t *end)
{
    /* The first event, which says when it all began, goes the long way. */
    if (segment->state != SEGMENT_READ || segment->first_time > segment->last_time || end - at < 12)
        return at;
    return segment->stacks.has_nodes ? run_all(segment, at, end, true) : run_all(segment, at, end, false);
}
