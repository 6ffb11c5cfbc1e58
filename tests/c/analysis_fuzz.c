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
#include "reader.h"
#include <sys/mman.h>

struct fuzz_block fuzz_blocks[FUZZ_KEPT];
static uint64_t read_events, read_damaged;

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

/* Which of the reader's ways is taken depends on the size alone, so that each input is read alike each time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    static struct summary summary;
    struct reader reader;
    if (fd < 0) {
        fd = memfd_create("trace", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    const size_t written = fuzz_write(fd, data, size, 5);
    summary_open(&summary);
    summary.tree.wanted = size % 2 != 0;
    summary.owners.sort = (enum owner_sort)(size % 3);
    bool more = reader_open(&reader, &summary, path) == 0;
    while (more)
        more = reader_read(&reader, 1 << 20);
    reader_close(&reader);
    summary_finish(&summary);
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
    printf("%llu events %llu damaged\n", (unsigned long long)read_events, (unsigned long long)read_damaged);
}
#include "fuzz_spoil.h"
#endif
