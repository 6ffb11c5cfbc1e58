#include "segment.h"
#include <stdlib.h>
#include <string.h>

#define INFO_MAX  (ITT_LARGE_CHUNK + 16u) /* no packet is longer */
#define SANE_TIME ((uint64_t)1 << 62)

enum { EVENT_BEGIN = 1, EVENT_END = 2 };

bool segment_open(struct segment *segment, struct summary *summary)
{
    memset(segment, 0, sizeof *segment);
    segment->summary = summary;
    stacks_open(&segment->stacks);
    segment->info = malloc(INFO_MAX);
    return names_open(&segment->names, &summary->tasks) && segment->info != NULL;
}

void segment_close(struct segment *segment)
{
    names_close(&segment->names);
    stacks_close(&segment->stacks);
    free(segment->info);
}

static void out_of_memory(struct segment *segment)
{
    segment->summary->out_of_memory = true;
}

static struct instance instance_of(const struct segment *segment, uint32_t entry)
{
    const struct open_task *open = &segment->stacks.entries[entry];
    if (entry == 0)
        return (struct instance){0};
    return (struct instance){open->task, open->begin, stack_ordinal(&segment->stacks, entry)};
}

static struct crossing_note note_of(const struct segment *segment, const struct stack *stack, uint32_t entry)
{
    return (struct crossing_note){
        .group = map_mix(segment->source, stack->group),
        .instance = instance_of(segment, entry),
        .came_in = segment->stacks.entries[entry].came_in,
    };
}

static void note(struct segment *segment, const struct crossing_note *note)
{
    if (!crossings_note(&segment->summary->crossings, note))
        out_of_memory(segment);
}

/* Begins. */

static void push(struct segment *segment, struct stack *stack, struct open_task open)
{
    uint32_t entry = stacks_entry(&segment->stacks);
    if (entry == 0) {
        out_of_memory(segment);
        return;
    }
    segment->stacks.entries[entry] = open;
    stack_insert(&segment->stacks, stack, entry);
}

/* The tasks open at the segment's start; done late, because their names follow. */
static void open_stacks(struct segment *segment)
{
    const uint8_t *at = segment->info, *end = at + segment->info_length;
    struct wire_field field;
    struct open_entry open;
    while (at != end) {
        at = wire_read_field(at, end, &field);
        if (at == NULL)
            break;
        if (field.number != 4 || field.type != WIRE_BYTES)
            continue;
        if (!open_entry_read((struct span){field.data, field.data + field.value}, &open))
            continue;
        uint64_t track = open.as.has_track ? open.as.track : segment->track;
        struct task *task = names_task(&segment->names, &open.as);
        struct stack *stack = stacks_need(&segment->stacks, track >> ITT_TRACK_DOMAIN_SHIFT);
        if (task != NULL && stack != NULL)
            push(segment, stack,
                 (struct open_task){.task = task,
                                    .begin = open.begin,
                                    .shift = segment->shift,
                                    .level = (uint8_t)track,
                                    .came_in = true});
        else
            out_of_memory(segment);
    }
    segment->info_length = 0;
}

/*
 * A task that another one's end would have cut short went from the thread's track to its domain's. Where its begin lies
 * in an earlier segment, it came in on the thread's track.
 */
static void leave_thread_track(struct segment *segment, const struct task *task, uint64_t begin)
{
    struct stacks *stacks = &segment->stacks;
    struct stack *stack = &stacks->stack[0];
    uint32_t *link = stack_find_task(stacks, stack, task, begin);
    if (link == NULL)
        return;
    uint32_t entry = *link;
    struct open_task *open = &stacks->entries[entry];
    struct crossing_note moved = note_of(segment, stack, entry);
    moved.moved = true;
    moved.outer = instance_of(segment, open->below);
    if (open->came_in)
        note(segment, &moved);
    open->task->children -= open->children;
    if (open->below != 0) {
        stacks->entries[open->below].task->children += open->children;
        stacks->entries[open->below].children += open->children;
    }
    *link = open->below;
    stacks_release(stacks, entry);
}

static void begin_task(struct segment *segment, const struct event *event, uint64_t begin, bool moved)
{
    uint64_t track = event->has_track ? event->track : segment->track;
    struct task *task = names_task(&segment->names, event);
    struct stack *stack = stacks_need(&segment->stacks, track >> ITT_TRACK_DOMAIN_SHIFT);
    if (task == NULL || stack == NULL) {
        out_of_memory(segment);
        return;
    }
    if (moved)
        leave_thread_track(segment, task, begin);
    push(segment, stack,
         (struct open_task){.task = task, .begin = begin, .shift = segment->shift, .level = (uint8_t)track});
}

/* Ends. */

/* Ends the entry that hangs at `link`; `now` is CLOCK_BOOTTIME. */
static void end_entry(struct segment *segment, const struct stack *stack, uint32_t *link, uint64_t now)
{
    struct stacks *stacks = &segment->stacks;
    uint32_t entry = *link;
    struct open_task *open = &stacks->entries[entry];
    uint64_t begin = open->begin + open->shift;
    uint64_t duration = now > begin ? now - begin : 0;
    if (open->came_in) {
        struct crossing_note ended = note_of(segment, stack, entry);
        ended.ended = true;
        note(segment, &ended);
    }
    if (!task_add(&segment->summary->tasks, open->task, duration, segment->thread))
        out_of_memory(segment);
    if (open->below != 0) {
        struct open_task *outer = &stacks->entries[open->below];
        outer->children += duration;
        outer->task->children += duration;
    }
    *link = open->below;
    stacks_release(stacks, entry);
}

static void end_task(struct segment *segment, uint64_t track, uint64_t now)
{
    struct stack *stack = stacks_find(&segment->stacks, track >> ITT_TRACK_DOMAIN_SHIFT);
    uint32_t *link = stack != NULL ? stack_find_level(&segment->stacks, stack, (uint8_t)track) : NULL;
    if (link != NULL)
        end_entry(segment, stack, link, now);
    else
        segment->summary->unmatched_ends++;
}

/* On the recording's own track are the pauses. */
static void take_pause(struct segment *segment, const struct event *event, uint64_t now)
{
    struct source *source = &segment->summary->sources[segment->source];
    if (event->type == EVENT_BEGIN) {
        source->pauses++;
        source->paused -= now;
    } else if (event->type == EVENT_END) {
        source->resumes++;
        source->paused += now;
    }
}

static void first_event(struct segment *segment)
{
    struct summary *summary = segment->summary;
    segment->thread =
        summary_number(&summary->threads, segment->source, segment->track >> ITT_TRACK_KEY_SHIFT);
    summary_number(&summary->processes, segment->source, segment->process >> ITT_TRACK_KEY_SHIFT);
    open_stacks(segment);
}

static void take_event(struct segment *segment, const struct packet *packet, const struct event *event)
{
    bool absolute = packet->clock == ITT_CLOCK_BOOTTIME;
    uint64_t now = absolute ? packet->time : segment->time + segment->shift;
    uint64_t track = event->has_track ? event->track : segment->track;
    if ((track ^ segment->track) >> ITT_TRACK_KEY_SHIFT != 0) {
        take_pause(segment, event, now);
        return;
    }
    if (event->type != EVENT_BEGIN && event->type != EVENT_END)
        return;
    if (segment->thread == 0)
        first_event(segment);
    segment->summary->events++;
    if (now < segment->first_time)
        segment->first_time = now;
    if (now > segment->last_time)
        segment->last_time = now;
    if (event->type == EVENT_BEGIN)
        begin_task(segment, event, now - segment->shift, absolute);
    else
        end_task(segment, track, now);
}

/* Packets. */

static bool start(struct segment *segment, const struct packet *packet)
{
    struct clocks clocks;
    uint64_t version = 0, track = 0;
    const uint8_t *at = packet->info.at;
    while (at != packet->info.end) {
        struct wire_field field;
        at = wire_read_field(at, packet->info.end, &field);
        if (at == NULL)
            return false;
        if (field.number == 1)
            version = field.value;
    }
    if (version > ITT_FORMAT_VERSION) {
        segment->summary->newer = true;
        segment->state = SEGMENT_SKIP;
        return true;
    }
    if (packet->snapshot.at == NULL || !clocks_read(packet->snapshot, &clocks) ||
        packet->defaults.at == NULL || !defaults_read(packet->defaults, &track) || packet->sequence == 0 ||
        packet->sequence > UINT32_MAX)
        return false;
    if (!summary_new_sequence(segment->summary, segment->source, packet->sequence)) {
        segment->state = SEGMENT_SKIP;
        return true;
    }
    names_start(&segment->names);
    if (!stacks_start(&segment->stacks, track >> ITT_TRACK_DOMAIN_SHIFT)) {
        out_of_memory(segment);
        return false;
    }
    size_t length = (size_t)(packet->info.end - packet->info.at);
    segment->info_length = length <= INFO_MAX ? (uint32_t)length : 0;
    memcpy(segment->info, packet->info.at, segment->info_length);
    segment->summary->segments++;
    segment->state = SEGMENT_READ;
    segment->sequence = packet->sequence;
    segment->time = clocks.sequence;
    segment->shift = clocks.boot - clocks.sequence;
    segment->track = track;
    segment->process = track;
    segment->thread = 0;
    segment->first_time = UINT64_MAX;
    segment->last_time = 0;
    return true;
}

static bool take_packet(struct segment *segment, const struct packet *packet)
{
    struct clocks clocks;
    struct event event;
    bool own_clock = packet->clock == 0 || packet->clock == ITT_CLOCK_SEQUENCE;
    if (packet->event.at != NULL && !event_read(packet->event, &event))
        return false;
    if (packet->time >= SANE_TIME ||
        (packet->event.at != NULL && !own_clock && packet->clock != ITT_CLOCK_BOOTTIME))
        return false;
    if (packet->descriptor.at != NULL && !descriptor_read(packet->descriptor, &segment->process))
        return false;
    if (packet->interned.at != NULL && !names_define(&segment->names, packet->interned))
        return false;
    if (packet->snapshot.at != NULL) {
        if (!clocks_read(packet->snapshot, &clocks))
            return false;
        segment->time = clocks.sequence;
        segment->shift = clocks.boot - clocks.sequence;
    }
    if (packet->timed && own_clock)
        segment->time = (segment->time + packet->time) & (SANE_TIME - 1);
    if (packet->event.at != NULL)
        take_event(segment, packet, &event);
    return true;
}

bool segment_feed(struct segment *segment, struct span span, bool unit_start)
{
    struct packet packet;
    bool good = packet_read(span.at, span.end, &packet);
    if (good && (packet.flags & 1) && packet.info.at != NULL) {
        segment_finish(segment, SEGMENT_LOST);
        return start(segment, &packet);
    }
    if (segment->state == SEGMENT_READ && good && packet.sequence == segment->sequence)
        good = take_packet(segment, &packet);
    else if (segment->state == SEGMENT_READ && good && unit_start)
        segment_finish(segment, SEGMENT_NONE);
    else if (segment->state == SEGMENT_READ || segment->state == SEGMENT_LOST)
        good = false;
    return good;
}

void segment_finish(struct segment *segment, enum segment_state state)
{
    struct stacks *stacks = &segment->stacks;
    if (segment->state == SEGMENT_READ) {
        struct source *source = &segment->summary->sources[segment->source];
        if (segment->thread == 0)
            open_stacks(segment);
        for (uint32_t i = 0; i < stacks->count; i++) {
            for (uint32_t entry = stacks->stack[i].top; entry != 0; entry = stacks->entries[entry].below) {
                struct crossing_note still = note_of(segment, &stacks->stack[i], entry);
                still.goes_out = true;
                still.children = stacks->entries[entry].children;
                note(segment, &still);
            }
        }
        if (segment->first_time < source->first)
            source->first = segment->first_time;
        if (segment->last_time > source->last)
            source->last = segment->last_time;
    }
    segment->state = state;
}
