/* The two packets of which nearly all of a trace consists, begin and end on the thread's own track, at full speed. */
#include "segment.h"
#include <string.h>

/*
 * As the collector's hot path writes them (t, s, n, c: time, sequence id, iids of name and category):
 *
 *   begin  0A 0E  40 tt tt  50 ss ss  5A 06  48 01  50 nn  18 cc
 *   end    0A 0A  40 tt tt  50 ss ss  5A 02  48 02
 *
 * Other widths of the numbers go the longer way through read_short().
 */
#define HOT_MASK       0xffffff8080ff80ffu
#define HOT_FORM       0x000050008040000au
#define HOT_BEGIN_MASK 0x80ff80ffffffffffu
#define HOT_BEGIN      0x001800500148065au
#define END_EVENT      0x0248025au

static inline uint64_t load64(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

/* A varint of up to four bytes; NULL: longer. */
static inline const uint8_t *read_short(const uint8_t *at, uint32_t *value)
{
    uint32_t word;
    memcpy(&word, at, 4);
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

const uint8_t *segment_run(struct segment *segment, const uint8_t *at, const uint8_t *end)
{
    struct summary *summary = segment->summary;
    struct stacks *stacks = &segment->stacks;
    struct open_task *entries = stacks->entries;
    if (segment->state != SEGMENT_READ || segment->thread == 0 || stacks->has_nodes)
        return at;
    const uint64_t sequence = segment->sequence, shift = segment->shift;
    const uint64_t form = HOT_FORM | ((sequence & 0x7f) | 0x80 | sequence >> 7 << 8) << 48;
    const bool hot = sequence < 1u << 14;
    uint64_t time = segment->time, events = 0;
    uint32_t top = stacks->stack[0].top;

    while (end - at >= 12) {
        uint64_t word = load64(at);
        uint32_t delta, name = 0, category = 0;
        const uint8_t *next = at + 2 + (word >> 8 & 0xff), *event = at + 8;
        if (next > end)
            break;
        if (__builtin_expect(hot && (word & HOT_MASK) == form, 1)) {
            delta = (uint32_t)(word >> 24 & 0x7f) | (uint32_t)(word >> 32 & 0x7f) << 7;
        } else {
            event = read_header(at, sequence, &delta);
            if (event == NULL)
                break;
        }
        word = load64(event);
        if ((uint32_t)word == END_EVENT && event + 4 == next) {
            if (top == 0 || entries[top].level != 0 || entries[top].flags != 0)
                break;
            const struct open_task *open = &entries[top];
            time += delta;
            uint64_t now = time + shift, begin = open->begin + open->shift;
            uint64_t duration = now > begin ? now - begin : 0;
            uint32_t below = open->below;
            if (!task_add(&summary->tasks, open->task, duration, segment->thread))
                summary->out_of_memory = true;
            if (below != 0) {
                entries[below].children += duration;
                entries[below].task->children += duration;
            }
            stacks_release(stacks, top);
            top = below;
        } else {
            if ((word & HOT_BEGIN_MASK) == HOT_BEGIN && event + 8 == next) {
                name = word >> 40 & 0x7f;
                category = (uint32_t)(word >> 56);
            } else if (!read_begin(event, next, &name, &category)) {
                break;
            }
            struct task *task = names_known(&segment->names, category, name);
            if (task == NULL)
                task = names_task(&segment->names, &(struct event){.name = name, .category = category});
            uint32_t entry = task != NULL ? stacks_entry(stacks) : 0;
            if (entry == 0)
                break;
            entries = stacks->entries;
            time += delta;
            entries[entry] = (struct open_task){.task = task, .begin = time, .shift = shift, .below = top};
            top = entry;
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
