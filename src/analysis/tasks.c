#include "tasks.h"
#include <string.h>

void tasks_open(struct tasks *tasks)
{
    memset(tasks, 0, sizeof *tasks);
    texts_open(&tasks->texts, TASKS_LIMIT + 2 * TASKS_DOMAINS, TASKS_TEXT_BYTES);
    map_open(&tasks->domains, TASKS_DOMAINS);
    rows_open(&tasks->rows, sizeof(struct task), TASKS_LIMIT, TASKS_OTHERS);
    map_open(&tasks->pairs, TASKS_THREADS);
    tasks->budget.left = TASKS_HISTOGRAMS;
}

void tasks_close(struct tasks *tasks)
{
    for (uint32_t i = 0; i < tasks->rows.count; i++)
        histogram_close(&tasks_row(tasks, i)->histogram);
    texts_close(&tasks->texts);
    map_close(&tasks->domains);
    rows_close(&tasks->rows);
    map_close(&tasks->pairs);
}

static struct text text_cut(struct text text)
{
    if (text.length == 0)
        return (struct text){"", 0};
    return (struct text){text.bytes, text.length < TASKS_TEXT_MAX ? text.length : TASKS_TEXT_MAX};
}

uint32_t tasks_domain(struct tasks *tasks, struct text text)
{
    uint32_t number = texts_number(&tasks->texts, text_cut(text), tasks->domains.count < TASKS_DOMAINS);
    uint32_t *place = number != 0 ? map_place(&tasks->domains, number) : NULL;
    if (place == NULL)
        return 0;
    *place = 1;
    return number;
}

uint32_t tasks_name(struct tasks *tasks, struct text text)
{
    bool room = tasks->rows.named < TASKS_LIMIT && tasks->texts.count < TASKS_LIMIT + TASKS_DOMAINS;
    return texts_number(&tasks->texts, text_cut(text), room);
}

bool tasks_is_text(const struct tasks *tasks, uint32_t number, struct text text)
{
    if (number == 0)
        return false;
    const struct text *found = &tasks->texts.texts[number - 1];
    return found->length == text.length && memcmp(found->bytes, text_cut(text).bytes, text.length) == 0;
}

struct task *tasks_find(struct tasks *tasks, struct row_id id)
{
    struct task *task = rows_need(&tasks->rows, id);
    if (task != NULL && task->count == 0)
        task->min = UINT64_MAX;
    return task;
}

void tasks_note_thread(struct tasks *tasks, struct task *task, uint32_t thread)
{
    uint32_t *place = map_place(&tasks->pairs, tasks_pair(task->id.row, thread));
    task->last_thread = thread;
    if (place == NULL || *place != 0)
        return;
    *place = 1;
    task->threads++;
}

bool task_join(struct tasks *tasks, struct task *task, const struct task *later)
{
    task->open += later->open;
    task->children += later->children;
    if (later->count == 0)
        return true;
    task->count += later->count;
    task->total += later->total;
    if (later->min < task->min)
        task->min = later->min;
    if (later->max > task->max)
        task->max = later->max;
    return histogram_join(&task->histogram, &tasks->budget, &later->histogram);
}
