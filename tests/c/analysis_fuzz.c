/*
 * Reads traces that are spoiled: each must come to an end, stay in its bounds (built with sanitizers), and say nothing
 * impossible.
 *
 * Built with -fsanitize=fuzzer -DCOVERAGE_GUIDED, a libFuzzer target. Else: analysis_fuzz SEED ROUNDS TRACE..., which spoils each
 * of the traces in another way each round, knowing nothing of what was reached.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "fuzz_memory.h"
#include "part.h"
#include <inttypes.h>
#include <sys/mman.h>

struct fuzz_block fuzz_blocks[FUZZ_KEPT];
static uint64_t read_events, read_damaged, read_joined;

static void check_tasks(const struct tasks *tasks)
{
    for (uint32_t i = 0; i < tasks->rows.count; i++) {
        struct task *task = tasks_row(tasks, i);
        const uint64_t ranks[3] = {1, task->count / 2 + 1, task->count};
        uint64_t values[3];
        if (task->count == 0)
            continue;
        histogram_ranks(&task->histogram, ranks, values, 3);
        fuzz_check(task->min <= task->max, "least and greatest duration");
        fuzz_check(values[0] <= values[1] && values[1] <= values[2], "order of the quantiles");
        fuzz_check(task->threads >= 1, "threads of a task");
        fuzz_check(task->id.domain <= tasks->texts.count && task->id.name <= tasks->texts.count, "names");
    }
}

static void check_rest(const struct summary *summary)
{
    const struct texts *texts = &summary->tasks.texts;
    for (uint32_t i = 0; i < summary->counters.rows.count; i++) {
        const struct counter *counter = rows_at(&summary->counters.rows, i);
        fuzz_check(counter->id.domain <= texts->count &&
                       counters_unit(&summary->counters, counter) <= texts->count,
                   "names of a counter");
        fuzz_check(counter->count == 0 || counter->min.value <= counter->max.value, "values of a counter");
        fuzz_check(counter->count == 0 || counter->pace.steps < counter->count, "steps of a counter");
    }
    for (uint32_t i = 0; i < summary->markers.rows.count; i++) {
        const struct marker *marker = rows_at(&summary->markers.rows, i);
        fuzz_check(marker->count > 0 && marker->first <= marker->last, "times of a marker");
    }
    for (uint32_t i = 2; i < summary->tree.count; i++) {
        const struct node *node = &summary->tree.nodes[i];
        fuzz_check(node->parent < i && node->depth <= TREE_DEPTH + 1, "place of a node");
        fuzz_check(node->count == 0 || node->min <= node->max, "durations of a node");
    }
}

static bool slowly;

/* Links call this in place of segment_run(): what that takes at full speed, the rest of the reader must take alike. */
const uint8_t *__real_segment_run(struct segment *segment, const uint8_t *at, const uint8_t *end);
const uint8_t *__wrap_segment_run(struct segment *segment, const uint8_t *at, const uint8_t *end);
const uint8_t *__wrap_segment_run(struct segment *segment, const uint8_t *at, const uint8_t *end)
{
    return slowly ? at : __real_segment_run(segment, at, end);
}

/* Numbers that two ways of reading the same must agree on. */
static void check_same(const struct summary *one, const struct summary *other)
{
    fuzz_check(one->events == other->events && one->damaged == other->damaged &&
                   one->unmatched_ends == other->unmatched_ends && one->segments == other->segments,
               "counts of events");
    fuzz_check(one->threads.count == other->threads.count && one->processes.count == other->processes.count,
               "counts of threads");
    fuzz_check(summary_duration(one) == summary_duration(other) &&
                   summary_count_open(one) == summary_count_open(other),
               "duration, open tasks");
    fuzz_check(one->tasks.rows.count == other->tasks.rows.count && one->tree.count == other->tree.count &&
                   one->counters.rows.count == other->counters.rows.count &&
                   one->markers.rows.count == other->markers.rows.count,
               "counts of rows");
    for (uint32_t i = 0; i < one->tasks.rows.count; i++) {
        const struct task *a = tasks_row(&one->tasks, i), *b = tasks_row(&other->tasks, i);
        fuzz_check(a->count == b->count && a->total == b->total && a->children == b->children &&
                       a->open == b->open && a->threads == b->threads && a->min == b->min && a->max == b->max,
                   "a task");
        fuzz_check(memcmp(&a->pace, &b->pace, sizeof a->pace) == 0, "steps of frames");
    }
    for (uint32_t i = 0; i < one->counters.rows.count; i++) {
        const struct counter *a = rows_at(&one->counters.rows, i), *b = rows_at(&other->counters.rows, i);
        fuzz_check(a->count == b->count && memcmp(&a->pace, &b->pace, sizeof a->pace) == 0, "a counter");
    }
    for (uint32_t i = 2; i < one->tree.count; i++) {
        const struct node *a = &one->tree.nodes[i], *b = &other->tree.nodes[i];
        fuzz_check(a->parent == b->parent && a->count == b->count && a->total == b->total &&
                       a->children == b->children,
                   "a node");
    }
}

/* In parts, each by itself, or in one go. */
static void read_all(struct summary *summary, int fd, size_t size, size_t way, bool parts)
{
    struct reader reader;
    struct part part;
    summary_open(summary);
    summary->tree.wanted = way % 2 != 0;
    summary->owners.sort = (enum owner_sort)(way % 3);
    bool more = reader_open(&reader, summary, fd, size);
    while (more) {
        uint64_t stop = (reader.at / ITT_UNIT_SIZE + 1) * ITT_UNIT_SIZE;
        bool joined = false;
        if (parts) {
            part_read(&part, summary, fd, size, stop - ITT_UNIT_SIZE, stop);
            joined = part_join(&part, &reader);
            part_close(&part);
            read_joined += joined;
        }
        more = joined ? reader.at < size || reader_read(&reader, stop) : reader_read(&reader, stop);
    }
    reader_close(&reader);
    summary_finish(summary);
}

/* Which of the reader's ways is taken depends on the size alone, so that each input is read alike each time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static struct summary summary, other;
    if (fd < 0) {
        fd = memfd_create("trace", 0);
    }
    const size_t written = fuzz_write(fd, data, size, 5);
    const size_t way = size + size / ITT_UNIT_SIZE;
    read_all(&summary, fd, written, way, false);
    if (size % 3 != 0) {
        const bool parts = way % 4 == 0 || way % 4 == 3;
        slowly = !parts;
        read_all(&other, fd, written, way, parts);
        slowly = false;
        check_same(&summary, &other);
        summary_close(&other);
    }
    fuzz_check(!summary.out_of_memory, "out of memory");
    fuzz_check(summary.damaged <= written, "damaged bytes");
    fuzz_check(summary_duration(&summary) <= (uint64_t)1 << 63, "duration");
    check_tasks(&summary.tasks);
    check_rest(&summary);
    read_events += summary.events;
    read_damaged += summary.damaged;
    summary_close(&summary);
    return 0;
}

#ifndef COVERAGE_GUIDED
static void fuzz_report(void)
{
    printf("%" PRIu64 " events %" PRIu64 " damaged %" PRIu64 " joined\n", read_events, read_damaged,
           read_joined);
}
#include "fuzz_spoil.h"
#endif
