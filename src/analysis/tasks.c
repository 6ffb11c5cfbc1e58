#include "tasks.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 64u

void tasks_open(struct tasks *tasks)
{
    memset(tasks, 0, sizeof *tasks);
    texts_open(&tasks->texts, TASKS_LIMIT + 2 * TASKS_DOMAINS, TASKS_TEXT_BYTES);
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

/* The row under a key of one of the two tables; NULL where it has none and cannot get one. */
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
    bool room = tasks->rows.count < TASKS_LIMIT && tasks->texts.count < TASKS_LIMIT + TASKS_DOMAINS;
    return texts_number(&tasks->texts, text_cut(text), room);
}

bool tasks_is_text(const struct tasks *tasks, uint32_t number, struct text text)
{
    if (number == 0)
        return false;
    const struct text *found = &tasks->texts.texts[number - 1];
    return found->length == text.length && memcmp(found->bytes, text_cut(text).bytes, text.length) == 0;
}

struct task *tasks_find(struct tasks *tasks, uint32_t domain, uint32_t name)
{
    if (domain != 0 && name != 0) {
        struct task *task = row_under(tasks, &tasks->rows, (uint64_t)domain << 32 | name, domain, name);
        if (task != NULL)
            return task;
    }
    return row_under(tasks, &tasks->others, domain, domain, 0);
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
