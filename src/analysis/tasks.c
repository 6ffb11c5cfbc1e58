#include "tasks.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 64u

void tasks_open(struct tasks *tasks)
{
    memset(tasks, 0, sizeof *tasks);
    texts_open(&tasks->texts, TASKS_LIMIT + TASKS_DOMAINS, TASKS_TEXT_BYTES);
    map_open(&tasks->domains, TASKS_DOMAINS);
    map_open(&tasks->rows, TASKS_LIMIT);
    map_open(&tasks->others, TASKS_DOMAINS + 1);
    map_open(&tasks->pairs, TASKS_THREADS);
    tasks->budget.left = TASKS_HISTOGRAMS;
}

void tasks_close(struct tasks *tasks)
{
    for (uint32_t i = 0; i < tasks->count; i++)
        histogram_close(&tasks_row(tasks, i)->histogram);
    for (uint32_t i = 0; i * BLOCK_ROWS < tasks->count; i++)
        free(tasks->blocks[i]);
    free(tasks->blocks);
    texts_close(&tasks->texts);
    map_close(&tasks->domains);
    map_close(&tasks->rows);
    map_close(&tasks->others);
    map_close(&tasks->pairs);
}

struct task *tasks_row(const struct tasks *tasks, uint32_t row)
{
    return &tasks->blocks[row / BLOCK_ROWS][row % BLOCK_ROWS];
}

static struct task *row_new(struct tasks *tasks, uint32_t domain, uint32_t name)
{
    uint32_t block = tasks->count / BLOCK_ROWS;
    if (tasks->count % BLOCK_ROWS == 0) {
        if (block == tasks->blocks_capacity) {
            uint32_t capacity = block != 0 ? block * 2 : 16;
            struct task **grown = realloc(tasks->blocks, capacity * sizeof *grown);
            if (grown == NULL)
                return NULL;
            tasks->blocks = grown;
            tasks->blocks_capacity = capacity;
        }
        tasks->blocks[block] = calloc(BLOCK_ROWS, sizeof **tasks->blocks);
        if (tasks->blocks[block] == NULL)
            return NULL;
    }
    struct task *task = tasks_row(tasks, tasks->count++);
    task->domain = domain;
    task->name = name;
    task->min = UINT64_MAX;
    return task;
}

/* The row under a key of one of the two tables; *full where it has none and cannot get one. */
static struct task *row_under(struct tasks *tasks, struct map *map, uint64_t key, uint32_t domain,
                              uint32_t name)
{
    uint32_t *place = map_place(map, key);
    if (place == NULL)
        return NULL;
    if (*place != 0)
        return tasks_row(tasks, *place - 1);
    struct task *task = row_new(tasks, domain, name);
    if (task != NULL)
        *place = tasks->count;
    return task;
}

static uint32_t domain_number(struct tasks *tasks, struct text domain)
{
    uint32_t number = texts_number(&tasks->texts, domain, tasks->domains.count < TASKS_DOMAINS);
    uint32_t *place = number != 0 ? map_place(&tasks->domains, number) : NULL;
    if (place == NULL)
        return 0;
    *place = 1;
    return number;
}

static struct text text_cut(struct text text)
{
    if (text.length == 0)
        return (struct text){"", 0};
    return (struct text){text.bytes, text.length < TASKS_TEXT_MAX ? text.length : TASKS_TEXT_MAX};
}

struct task *tasks_find(struct tasks *tasks, struct text domain, struct text name)
{
    name = text_cut(name);
    uint32_t domain_at = domain_number(tasks, text_cut(domain));
    uint32_t name_at = 0;
    if (domain_at != 0)
        name_at = texts_number(&tasks->texts, name, tasks->rows.count < TASKS_LIMIT);
    if (name_at != 0) {
        struct task *task =
            row_under(tasks, &tasks->rows, (uint64_t)domain_at << 32 | name_at, domain_at, name_at);
        if (task != NULL)
            return task;
    }
    return row_under(tasks, &tasks->others, domain_at, domain_at, 0);
}

void tasks_note_thread(struct tasks *tasks, struct task *task, uint32_t thread)
{
    /* The address tells the row; it does not move. */
    uint32_t *place = map_place(&tasks->pairs, map_mix((uintptr_t)task, thread));
    task->last_thread = thread;
    if (place == NULL || *place != 0)
        return;
    *place = 1;
    task->threads++;
}
