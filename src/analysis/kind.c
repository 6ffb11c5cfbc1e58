#include "kind.h"
#include <string.h>

/* All tasks are one kind. */
static uint64_t row_kind(uint64_t kind)
{
    return kind == ITT_KIND_OVERLAPPED || kind == ITT_KIND_TIMED ? ITT_KIND_TASK : kind;
}

static struct row_id row_of(struct segment *segment, const struct event *as, uint64_t kind)
{
    struct row_id id = names_id(&segment->names, as);
    id.kind = (uint8_t)row_kind(kind);
    return id;
}

/* A thread begins what another one ends: what is open is not counted by owner. */
static bool count_open(struct segment *segment, struct task *task, int by)
{
    if (task != NULL && task->id.owner != 0) {
        struct row_id id = task->id;
        id.owner = 0;
        task = tasks_find(&segment->summary->tasks, id);
    }
    if (task == NULL)
        return false;
    task->open += by;
    return true;
}

/* The steps between frames, or values, are those of one process (or thread, where the rows are). */
static struct row_id series_of(const struct segment *segment, struct row_id id)
{
    if (segment->summary->owners.sort != OWNER_THREAD)
        id.owner = segment->process_number;
    return id;
}

static struct pauses *pauses_of(const struct segment *segment)
{
    return segment->summary->sources[segment->source].pauses;
}

static void take_step(struct segment *segment, const struct detail *detail, struct task *task, uint64_t begin)
{
    struct paces *paces = &segment->summary->paces;
    struct row_id id = row_of(segment, &detail->as, detail->kind);
    id.name = id.domain;
    paces_add(paces, paces_series(paces, series_of(segment, id), &task->pace, pauses_of(segment)),
              (struct point){.time = begin});
}

static bool take_end(struct segment *segment, const struct detail *detail, uint64_t now)
{
    struct summary *summary = segment->summary;
    uint64_t begin = detail->begin + segment->shift;
    uint64_t duration = now > begin ? now - begin : 0;
    struct task *task = names_task(&segment->names, &detail->as, row_kind(detail->kind));
    if (task == NULL || !task_add(&summary->tasks, task, duration, segment->thread))
        return false;
    if (detail->kind == ITT_KIND_FRAME)
        take_step(segment, detail, task, begin);
    if (task->id.kind == ITT_KIND_TASK && summary->tree.wanted)
        tree_add(&summary->tree, tree_node(&summary->tree, 0, task), duration);
    return count_open(segment, task, -1);
}

/* Text of the scope -> its number in the ITT interface, as the collector names it. */
static uint8_t scope_of(struct span event)
{
    static const char *const scopes[] = {"unknown", "global", "process", "thread", "task", "marker"};
    struct text text = event_annotation(event, "scope");
    for (uint8_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        if (text.length == strlen(scopes[i]) && memcmp(text.bytes, scopes[i], text.length) == 0)
            return i;
    }
    return 0;
}

static bool take_instant(struct segment *segment, const struct packet *packet, const struct event *event,
                         uint64_t kind, uint64_t now)
{
    struct summary *summary = segment->summary;
    struct row_id id = row_of(segment, event, kind);
    if (kind == ITT_KIND_MARKER)
        id.scope = scope_of(packet->event);
    return markers_add(&summary->markers, id, now + source_shift(&summary->sources[segment->source]));
}

static double real_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A double far out has no integer near it. */
static int64_t integer_of(double value)
{
    const double limit = 9.2e18;
    return value > -limit && value < limit ? (int64_t)value : 0;
}

static bool take_value(struct segment *segment, const struct event *event, uint64_t now)
{
    struct summary *summary = segment->summary;
    struct row_id id = row_of(segment, event, ITT_KIND_COUNTER);
    uint64_t track = event->has_track ? event->track : segment->track;
    struct counter *counter = counters_find(&summary->counters, id, segment->source, track);
    struct number number = {.real = event->real};
    if (counter == NULL)
        return false;
    number.value = event->real ? real_of(event->value) : (double)(int64_t)event->value;
    number.integer = event->real ? integer_of(number.value) : (int64_t)event->value;
    if (number.value - number.value != 0)
        return true; /* not a number, or no finite one */
    counter_add(counter, now, number);
    struct series *series =
        paces_series(&summary->paces, series_of(segment, id), &counter->pace, pauses_of(segment));
    if (series == NULL)
        counter->pace.sum += number.value;
    paces_add(&summary->paces, series, (struct point){now, number.value});
    return true;
}

bool kind_take(struct segment *segment, const struct packet *packet, const struct event *event,
               const struct detail *detail, uint64_t now)
{
    if (detail->kind >= ITT_KINDS)
        return true;
    switch (event->type) {
    case EVENT_BEGIN:
        return count_open(segment, names_task(&segment->names, event, row_kind(detail->kind)), 1);
    case EVENT_END:
        return take_end(segment, detail, now);
    case EVENT_INSTANT:
        return take_instant(segment, packet, event, detail->kind, now);
    case EVENT_COUNTER:
        return take_value(segment, event, now);
    }
    return true;
}
