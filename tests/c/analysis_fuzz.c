/*
 * analysis_fuzz TRACE SEED ROUNDS: reads a trace that is spoiled in another way each round. It must come to an end, stay in its
 * bounds (built with sanitizers), and say nothing impossible.
 */
#define _GNU_SOURCE
#include "reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t state;

static uint64_t any(uint64_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return below != 0 ? (state >> 20) % below : 0;
}

static void spoil(uint8_t *data, size_t *size)
{
    size_t at = any(*size), length = any(any(4) == 0 ? *size - at : 64) % (*size - at + 1),
           from = any(*size - length + 1);
    switch (any(9)) {
    case 0:
        data[at] ^= (uint8_t)(1u << any(8));
        break;
    case 1:
        data[at] = (uint8_t)any(256);
        break;
    case 2:
        memset(data + at, 0, length);
        break;
    case 3:
        memset(data + at, 0xff, length);
        break;
    case 4:
        memmove(data + at, data + from, length);
        break;
    case 5:
        *size = at + 1;
        break;
    case 6:
        for (size_t i = 0; i < length; i++)
            data[at + i] = (uint8_t)any(256);
        break;
    case 7: /* a packet's length, an event's type, a track */
        for (; at < *size && data[at] != 0x0a && data[at] != 0x5a && data[at] != 0x58; at++)
            ;
        if (at + 1 < *size)
            data[at + 1] = (uint8_t)any(256);
        break;
    case 8: /* a whole unit over another */
        if (*size >= 3 * ITT_UNIT_SIZE)
            memmove(data + any(*size / ITT_UNIT_SIZE) * ITT_UNIT_SIZE,
                    data + any(*size / ITT_UNIT_SIZE) * ITT_UNIT_SIZE, ITT_UNIT_SIZE);
        break;
    }
}

static void check(bool right, const char *what)
{
    if (right)
        return;
    printf("impossible: %s\n", what);
    exit(1);
}

static void check_tasks(const struct tasks *tasks)
{
    for (uint32_t i = 0; i < tasks->rows.count; i++) {
        struct task *task = tasks_row(tasks, i);
        const uint64_t ranks[3] = {1, task->count / 2 + 1, task->count};
        uint64_t values[3];
        if (task->count == 0)
            continue;
        histogram_ranks(&task->histogram, ranks, values, 3);
        check(task->min <= task->max, "least and greatest duration");
        check(values[0] <= values[1] && values[1] <= values[2], "order of the quantiles");
        check(task->threads >= 1, "threads of a task");
        check(task->id.domain <= tasks->texts.count && task->id.name <= tasks->texts.count, "names");
    }
}

static void check_rest(const struct summary *summary)
{
    const struct texts *texts = &summary->tasks.texts;
    for (uint32_t i = 0; i < summary->counters.rows.count; i++) {
        const struct counter *counter = rows_at(&summary->counters.rows, i);
        check(counter->id.domain <= texts->count &&
                  counters_unit(&summary->counters, counter) <= texts->count,
              "names of a counter");
        check(counter->count == 0 || counter->min.value <= counter->max.value, "values of a counter");
        check(counter->count == 0 || counter->pace.steps < counter->count, "steps of a counter");
    }
    for (uint32_t i = 0; i < summary->markers.rows.count; i++) {
        const struct marker *marker = rows_at(&summary->markers.rows, i);
        check(marker->count > 0 && marker->first <= marker->last, "times of a marker");
    }
    for (uint32_t i = 2; i < summary->tree.count; i++) {
        const struct node *node = &summary->tree.nodes[i];
        check(node->parent < i && node->depth <= TREE_DEPTH + 1, "place of a node");
        check(node->count == 0 || node->min <= node->max, "durations of a node");
    }
}

int main(int count, char **arguments)
{
    FILE *file = count == 4 ? fopen(arguments[1], "rb") : NULL;
    if (file == NULL)
        return 2;
    fseek(file, 0, SEEK_END);
    const size_t whole = (size_t)ftell(file);
    uint8_t *original = malloc(whole), *data = malloc(whole);
    rewind(file);
    if (whole == 0 || original == NULL || data == NULL || fread(original, 1, whole, file) != whole)
        return 2;
    fclose(file);
    uint64_t read = 0, damaged = 0;
    for (uint64_t round = 0; round < strtoull(arguments[3], NULL, 10); round++) {
        struct summary summary;
        struct reader reader;
        char path[64];
        size_t size = whole;
        state = strtoull(arguments[2], NULL, 10) * 1000003 + round;
        memcpy(data, original, whole);
        for (uint64_t i = any(6) + 1; i > 0; i--)
            spoil(data, &size);
        int fd = memfd_create("trace", 0);
        if (fd < 0 || write(fd, data, size) != (ssize_t)size)
            return 2;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        summary_open(&summary);
        summary.tree.wanted = round % 2 != 0;
        summary.owners.sort = (enum owner_sort)(round % 3);
        bool more = reader_open(&reader, &summary, path) == 0;
        while (more)
            more = reader_read(&reader, 1 << 20);
        reader_close(&reader);
        summary_finish(&summary);
        check(!summary.out_of_memory, "out of memory");
        check(summary.damaged <= size, "damaged bytes");
        check(summary_duration(&summary) <= (uint64_t)1 << 63, "duration");
        check_tasks(&summary.tasks);
        check_rest(&summary);
        read += summary.events;
        damaged += summary.damaged;
        summary_close(&summary);
        close(fd);
    }
    printf("%llu events %llu damaged\n", (unsigned long long)read, (unsigned long long)damaged);
    free(original);
    free(data);
    return 0;
}
