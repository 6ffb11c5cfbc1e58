/* The rows of the report that are of durations: one for each task, region, event of each domain, and the frames of it. */
#ifndef ITT_ANALYSIS_TASKS_H
#define ITT_ANALYSIS_TASKS_H

#include "histogram.h"
#include "pace.h"
#include "rows.h"
#include "text.h"

#define TASKS_LIMIT      65536u /* rows with a name of their own */
#define TASKS_DOMAINS    16384u
#define TASKS_OTHERS     32768u /* rows for all other names of a domain */
#define TASKS_TEXT_BYTES (32u << 20)
#define TASKS_TEXT_MAX   8192u      /* longer names are cut */
#define TASKS_THREADS    (1u << 21) /* pairs of task and thread that are told apart */
#define TASKS_HISTOGRAMS ((size_t)128 << 20)

struct task {
    struct row_id id;
    uint64_t count;
    uint64_t total;
    uint64_t children; /* time of the tasks directly inside */
    uint64_t min, max;
    uint32_t last_thread;
    uint32_t threads;
    struct histogram histogram;
    int64_t open;     /* begun and never ended */
    struct pace pace; /* of frames: from begin to begin */
};

struct tasks {
    struct texts texts;
    struct map domains; /* number of the text -> 1 */
    struct map pairs;   /* tasks_pair() -> 1 */
    struct rows rows;
    struct histogram_budget budget;
};

void tasks_open(struct tasks *tasks);
void tasks_close(struct tasks *tasks);

/* The number of a text as the name of a domain or of a task; 0: it stands with all others. */
uint32_t tasks_domain(struct tasks *tasks, struct text text);
uint32_t tasks_name(struct tasks *tasks, struct text text);

/* Whether this is the text of a number. */
bool tasks_is_text(const struct tasks *tasks, uint32_t number, struct text text);

/* The row of an id; NULL only when memory is out. */
struct task *tasks_find(struct tasks *tasks, struct row_id id);

static inline struct task *tasks_row(const struct tasks *tasks, uint32_t row)
{
    return rows_at(&tasks->rows, row);
}

static inline uint64_t tasks_pair(uint32_t row, uint32_t thread)
{
    return (uint64_t)row << 32 | thread;
}

/* Notes that a thread (a number from 1) has the task. */
void tasks_note_thread(struct tasks *tasks, struct task *task, uint32_t thread);

/* One instance, ended. False when memory is out. */
static inline bool task_add(struct tasks *tasks, struct task *task, uint64_t duration, uint32_t thread)
{
    task->count++;
    task->total += duration;
    if (duration < task->min)
        task->min = duration;
    if (duration > task->max)
        task->max = duration;
    if (__builtin_expect(task->last_thread != thread, 0))
        tasks_note_thread(tasks, task, thread);
    return histogram_add(&task->histogram, &tasks->budget, duration);
}

/* Adds what came later in the file, but for its threads. False when memory is out. */
bool task_join(struct tasks *tasks, struct task *task, const struct task *later);

#endif
