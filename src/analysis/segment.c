#include "segment.h"
#include "kind.h"
#include <stdlib.h>
#include <string.h>

#define INFO_MAX  (ITT_LARGE_CHUNK + 16u) /* no packet is longer */
#define SANE_TIME ((uint64_t)1 << 62)

bool segment_open(struct segment *segment, struct summary *summary)
{
    memset(segment, 0, sizeof *segment);
    segment->summary = summary;
    stacks_open(&segment->stacks);
    segment->stacks.has_nodes = summary->tree.wanted;
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

/* No room for a task or a stack: more than any chunk has room for is damage. */
static void no_room(struct segment *segment)
{
    if (stacks_are_full(&segment->stacks))
        segment->overflown = true;
    else
        out_of_memory(segment);
}

static struct instance instance_of(const struct segment *segment, uint32_t entry)
{
    if (entry == 0)
        return (struct instance){0};
    const struct open_task *open = &segment->stacks.entries[entry];
    return (struct instance){open->task, open->begin, stack_ordinal(&segment->stacks, entry),
                             stacks_node(&segment->stacks, entry)};
}

static struct crossing_note note_of(const struct segment *segment, const struct stack *stack, uint32_t entry)
{
    return (struct crossing_note){
        .source = segment->source,
        .group = stack->group,
        .instance = instance_of(segment, entry),
        .came_in = (segment->stacks.entries[entry].flags & OPEN_CAME_IN) != 0,
        .ghost = (segment->stacks.entries[entry].flags & OPEN_GHOST) != 0,
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
        no_room(segment);
        return;
    }
    segment->stacks.entries[entry] = open;
    stack_insert(&segment->stacks, stack, entry);
    if (segment->stacks.has_nodes)
        segment->stacks.nodes[entry] =
            tree_node(&segment->summary->tree,
                      stacks_node(&segment->stacks, segment->stacks.entries[entry].below), open.task);
}

/* Time of something directly inside; negative, modulo 2^64, where it is not any more. */
static void charge(struct segment *segment, uint32_t entry, uint64_t time)
{
    if (entry == 0)
        return;
    struct open_task *open = &segment->stacks.entries[entry];
    open->children += time;
    open->task->children += time;
    tree_charge(&segment->summary->tree, stacks_node(&segment->stacks, entry), time);
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
        struct task *task = names_task(&segment->names, &open.as, ITT_KIND_TASK);
        struct stack *stack = stacks_need(&segment->stacks, track >> ITT_TRACK_DOMAIN_SHIFT);
        if (task != NULL && stack != NULL)
            push(segment, stack,
                 (struct open_task){.task = task,
                                    .begin = open.begin,
                                    .shift = segment->shift,
                                    .level = (uint8_t)track,
                                    .flags = OPEN_CAME_IN});
        else
            no_room(segment);
    }
    segment->info_length = 0;
}

/* The entry at `link` left this stack: what was inside it is inside the one below. */
static void leave(struct segment *segment, const struct stack *stack, uint32_t *link)
{
    struct stacks *stacks = &segment->stacks;
    uint32_t entry = *link;
    struct open_task *open = &stacks->entries[entry];
    struct crossing_note moved = note_of(segment, stack, entry);
    moved.moved = true;
    moved.outer = instance_of(segment, open->below);
    if (open->flags & OPEN_CAME_IN)
        note(segment, &moved);
    uint64_t children = open->children;
    charge(segment, entry, -children);
    charge(segment, open->below, children);
    *link = open->below;
    stacks_release(stacks, entry);
}

/*
 * A begin with a time of its own has been written before, and that one taken back: to add metadata, or because the end of
 * another task would have cut this one short, which therefore goes from the thread's track to one of its domain. The first
 * begin may lie in an earlier segment, and a kill may have left it as it was. True: nothing is left to do.
 */
static bool begin_again(struct segment *segment, struct stack *stack, const struct task *task, uint64_t begin)
{
    struct stacks *stacks = &segment->stacks;
    struct stack *own = &stacks->stack[0];
    uint32_t *here = stack_find_task(stacks, stack, task, begin);
    bool ghost = here != NULL && stacks->entries[*here].flags & OPEN_GHOST;
    uint32_t *there = stack != own && !ghost ? stack_find_task(stacks, own, task, begin) : NULL;
    if (there != NULL)
        leave(segment, own, there);
    return there == NULL && here != NULL;
}

/*
 * A task that was open at the segment's start: 0, there is none. The machine slept since it began, if that is not when it is said to
 * have begun again: by the clock of then.
 */
static uint64_t begun_before_sleep(const struct stacks *stacks, const struct stack *stack,
                                   const struct task *task)
{
    uint32_t entry = stack->top;
    for (uint32_t i = 0; i < STACK_SEARCH && entry != 0; i++, entry = stacks->entries[entry].below) {
        if (stacks->entries[entry].task == task &&
            (stacks->entries[entry].flags & (OPEN_CAME_IN | OPEN_AGAIN)) == OPEN_CAME_IN)
            return stacks->entries[entry].begin;
    }
    return 0;
}

/*
 * When the task began that is begun again: what is written again may be a nanosecond off, so as not to meet its neighbours. Where it is
 * not among the open ones, it began as it says.
 */
static uint64_t begun(struct segment *segment, struct stack *stack, const struct task *task, uint64_t begin)
{
    const uint64_t tries[] = {begin, begin - 1, begin + 1};
    struct stacks *stacks = &segment->stacks;
    for (unsigned i = 0; i < 3; i++) {
        if (stack_find_task(stacks, stack, task, tries[i]) != NULL ||
            stack_find_task(stacks, &stacks->stack[0], task, tries[i]) != NULL)
            return tries[i];
    }
    uint64_t before = begun_before_sleep(stacks, stack, task);
    return before != 0 ? before : begin;
}

static void begin_task(struct segment *segment, const struct event *event, uint64_t begin, uint8_t flags,
                       bool again)
{
    uint64_t track = event->has_track ? event->track : segment->track;
    struct task *task = names_task(&segment->names, event, ITT_KIND_TASK);
    struct stack *stack = stacks_need(&segment->stacks, track >> ITT_TRACK_DOMAIN_SHIFT);
    if (task == NULL || stack == NULL) {
        no_room(segment);
        return;
    }
    if (again)
        begin = begun(segment, stack, task, begin);
    if (again && begin_again(segment, stack, task, begin)) {
        uint32_t entry = *stack_find_task(&segment->stacks, stack, task, begin);
        if (!(flags & OPEN_GHOST))
            segment->stacks.entries[entry].flags &= (uint8_t)~OPEN_GHOST;
        segment->stacks.entries[entry].flags |= OPEN_AGAIN;
        return;
    }
    if (again && !(flags & OPEN_GHOST))
        flags |= OPEN_CAME_IN | OPEN_AGAIN; /* a flight recorder does not list what it has no more */
    push(segment, stack,
         (struct open_task){
             .task = task, .begin = begin, .shift = segment->shift, .level = (uint8_t)track, .flags = flags});
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
    if (open->flags & OPEN_CAME_IN) {
        struct crossing_note ended = note_of(segment, stack, entry);
        ended.ended = true;
        note(segment, &ended);
    }
    if (!task_add(&segment->summary->tasks, open->task, duration, segment->thread))
        out_of_memory(segment);
    tree_add(&segment->summary->tree, stacks_node(stacks, entry), duration);
    charge(segment, open->below, duration);
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
    struct pauses *pauses = segment->summary->sources[segment->source].pauses;
    if (event->type == EVENT_BEGIN)
        pauses_begin(pauses, now);
    else if (event->type == EVENT_END)
        pauses_end(pauses, now);
}

/* Finds out whose rows the segment's are. */
static void identify(struct segment *segment)
{
    struct summary *summary = segment->summary;
    struct owners *owners = &summary->owners;
    segment->thread =
        summary_number(&summary->threads, segment->source, segment->track >> ITT_TRACK_KEY_SHIFT);
    segment->process_number =
        summary_number(&summary->processes, segment->source, segment->process >> ITT_TRACK_KEY_SHIFT);
    if (owners->sort == OWNER_NONE)
        return;
    segment->names.owner = owners->sort == OWNER_THREAD ? segment->thread : segment->process_number;
    if (!owners_note(owners, segment->names.owner, &segment->owner))
        out_of_memory(segment);
}

static void first_event(struct segment *segment)
{
    identify(segment);
    open_stacks(segment);
}

static uint64_t event_time(const struct segment *segment, const struct packet *packet)
{
    return packet->clock == ITT_CLOCK_BOOTTIME ? packet->time : segment->time + segment->shift;
}

static void count_event(struct segment *segment, uint64_t now)
{
    segment->summary->events++;
    if (now < segment->first_time)
        segment->first_time = now;
    if (now > segment->last_time)
        segment->last_time = now;
}

static void take_event(struct segment *segment, const struct packet *packet, const struct event *event,
                       const struct detail *detail)
{
    uint64_t now = event_time(segment, packet);
    uint64_t track = event->has_track ? event->track : segment->track;
    if (detail->kind == 0 && (track ^ segment->track) >> ITT_TRACK_KEY_SHIFT != 0) {
        take_pause(segment, event, now);
        return;
    }
    if (detail->kind == 0 && event->type != EVENT_BEGIN && event->type != EVENT_END)
        return;
    if (segment->thread == 0)
        first_event(segment);
    count_event(segment, now);
    if (detail->kind != 0) {
        if (!kind_take(segment, packet, event, detail, now))
            out_of_memory(segment);
    } else if (event->type == EVENT_BEGIN) {
        begin_task(segment, event, now - segment->shift, 0, packet->clock == ITT_CLOCK_BOOTTIME);
    } else {
        end_task(segment, track, now);
    }
}

/* The begin of a task that was written again: until that comes, it holds the task's place. */
static void take_ghost(struct segment *segment, const struct packet *packet)
{
    struct event event;
    if (packet->detail.at != NULL || !event_read(packet->taken_back, &event) || event.type != EVENT_BEGIN)
        return;
    uint64_t track = event.has_track ? event.track : segment->track;
    if ((track ^ segment->track) >> ITT_TRACK_KEY_SHIFT != 0)
        return;
    if (segment->thread == 0)
        first_event(segment);
    begin_task(segment, &event, event_time(segment, packet) - segment->shift, OPEN_GHOST,
               packet->clock == ITT_CLOCK_BOOTTIME);
}

/* Packets. */

static bool start(struct segment *segment, const struct packet *packet)
{
    struct clocks clocks;
    uint64_t version = 0, track = 0, pid = 0, tid = 0;
    bool has_open = false;
    const uint8_t *at = packet->info.at;
    while (at != packet->info.end) {
        struct wire_field field;
        at = wire_read_field(at, packet->info.end, &field);
        if (at == NULL)
            return false;
        if (field.number == 1)
            version = field.value;
        else if (field.number == 2)
            pid = field.value;
        else if (field.number == 3)
            tid = field.value;
        has_open |= field.number == 4;
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
    if (!summary_new_segment(segment->summary, segment->source, packet->sequence, clocks.sequence)) {
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
    segment->has_open = has_open;
    segment->overflown = false;
    segment->owner = (struct owner){.pid = pid, .tid = tid};
    segment->first_time = UINT64_MAX;
    segment->last_time = 0;
    return true;
}

/* Names and units are only kept where the report shows them. */
static bool take_descriptor(struct segment *segment, struct span span)
{
    struct descriptor track;
    struct summary *summary = segment->summary;
    struct owners *owners = &summary->owners;
    if (!descriptor_read(span, &track))
        return false;
    if (track.is_process)
        segment->process = track.track;
    if (track.is_counter && track.name.length != 0)
        counters_note_unit(&summary->counters, segment->source, track.track,
                           tasks_name(&summary->tasks, track.name));
    if (owners->sort == OWNER_NONE ||
        !(track.is_process || (track.is_thread && track.track == segment->track)))
        return true;
    segment->owner.process_time = segment->owner.thread_time = segment->time;
    *(track.is_process ? &segment->owner.process : &segment->owner.thread) = owners_text(owners, track.name);
    if (segment->thread != 0 && !owners_note(owners, segment->names.owner, &segment->owner))
        out_of_memory(segment);
    return true;
}

static bool take_packet(struct segment *segment, const struct packet *packet)
{
    struct clocks clocks;
    struct event event;
    struct detail detail = {0};
    bool own_clock = packet->clock == 0 || packet->clock == ITT_CLOCK_SEQUENCE;
    if (packet->event.at != NULL && !event_read(packet->event, &event))
        return false;
    if (packet->detail.at != NULL && !detail_read(packet->detail, &detail))
        return false;
    if (packet->event.at != NULL && event.type == EVENT_COUNTER && detail.kind == 0)
        detail.kind = ITT_KIND_COUNTER;
    if (packet->time >= SANE_TIME ||
        (packet->event.at != NULL && !own_clock && packet->clock != ITT_CLOCK_BOOTTIME))
        return false;
    if (packet->descriptor.at != NULL && !take_descriptor(segment, packet->descriptor))
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
        take_event(segment, packet, &event, &detail);
    else if (packet->taken_back.at != NULL && packet->timed)
        take_ghost(segment, packet);
    return !segment->overflown;
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
        if (segment->thread == 0 && segment->has_open)
            first_event(segment);
        for (uint32_t i = 0; i < stacks->count; i++) {
            for (uint32_t entry = stacks->stack[i].top; entry != 0; entry = stacks->entries[entry].below) {
                struct crossing_note still = note_of(segment, &stacks->stack[i], entry);
                still.goes_out = true;
                still.children = stacks->entries[entry].children;
                if (still.ghost)
                    still.outer = instance_of(segment, stacks->entries[entry].below);
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
