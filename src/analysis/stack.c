#include "stack.h"
#include <stdlib.h>
#include <string.h>

#define ORDINAL_MAX  64u
#define ENTRIES_KEPT 4096u
#define STACKS_LIMIT 65536u

void stacks_open(struct stacks *stacks)
{
    memset(stacks, 0, sizeof *stacks);
    map_open(&stacks->numbers, STACKS_LIMIT);
}

void stacks_close(struct stacks *stacks)
{
    free(stacks->entries);
    free(stacks->nodes);
    free(stacks->stack);
    map_close(&stacks->numbers);
}

bool stacks_start(struct stacks *stacks, uint64_t group)
{
    map_clear(&stacks->numbers);
    stacks->used = 1;
    stacks->free = 0;
    stacks->count = 0;
    return stacks_need(stacks, group) != NULL;
}

struct stack *stacks_find(struct stacks *stacks, uint64_t group)
{
    uint32_t number = map_get(&stacks->numbers, group);
    return number != 0 ? &stacks->stack[number - 1] : NULL;
}

struct stack *stacks_need(struct stacks *stacks, uint64_t group)
{
    uint32_t *place = map_place(&stacks->numbers, group);
    if (place == NULL)
        return NULL;
    if (*place != 0)
        return &stacks->stack[*place - 1];
    if (stacks->count == stacks->stack_capacity) {
        uint32_t capacity = stacks->count != 0 ? stacks->count * 2 : 16;
        struct stack *grown = realloc(stacks->stack, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        stacks->stack = grown;
        stacks->stack_capacity = capacity;
    }
    stacks->stack[stacks->count] = (struct stack){group, 0};
    *place = ++stacks->count;
    return &stacks->stack[*place - 1];
}

bool stacks_are_full(const struct stacks *stacks)
{
    return (stacks->free == 0 && stacks->used >= STACK_ENTRIES) || stacks->count >= STACKS_LIMIT;
}

uint32_t stacks_new_entry(struct stacks *stacks)
{
    if (stacks->used >= stacks->capacity) {
        uint32_t capacity = stacks->capacity != 0 ? stacks->capacity * 2 : ENTRIES_KEPT;
        if (capacity > STACK_ENTRIES)
            return 0;
        struct open_task *grown = realloc(stacks->entries, capacity * sizeof *grown);
        if (grown == NULL)
            return 0;
        stacks->entries = grown;
        if (stacks->has_nodes) {
            uint32_t *nodes = realloc(stacks->nodes, capacity * sizeof *nodes);
            if (nodes == NULL)
                return 0;
            stacks->nodes = nodes;
        }
        stacks->capacity = capacity;
    }
    return stacks->used++;
}

void stack_insert(struct stacks *stacks, struct stack *stack, uint32_t entry)
{
    struct open_task *entries = stacks->entries;
    uint32_t *link = &stack->top;
    for (uint32_t i = 0; i < STACK_SEARCH && *link != 0 && entries[*link].begin > entries[entry].begin; i++)
        link = &entries[*link].below;
    entries[entry].below = *link;
    *link = entry;
}

uint32_t *stack_find_level(struct stacks *stacks, struct stack *stack, uint8_t level)
{
    uint32_t *link = &stack->top;
    for (uint32_t i = 0; i < STACK_SEARCH && *link != 0; i++) {
        if (stacks->entries[*link].level == level)
            return link;
        link = &stacks->entries[*link].below;
    }
    return NULL;
}

uint32_t *stack_find_task(struct stacks *stacks, struct stack *stack, const struct task *task, uint64_t begin)
{
    uint32_t *link = &stack->top, *found = NULL;
    for (uint32_t i = 0; i < STACK_SEARCH && *link != 0; i++) {
        const struct open_task *open = &stacks->entries[*link];
        if (open->task == task && open->begin == begin) {
            if (open->flags & OPEN_GHOST)
                return link;
            if (found == NULL)
                found = link;
        }
        link = &stacks->entries[*link].below;
    }
    return found;
}

uint32_t stack_ordinal(const struct stacks *stacks, uint32_t entry)
{
    const struct open_task *entries = stacks->entries;
    uint32_t ordinal = 0;
    for (uint32_t below = entries[entry].below; below != 0 && ordinal < ORDINAL_MAX;
         below = entries[below].below) {
        if (entries[below].begin != entries[entry].begin)
            break;
        ordinal += entries[below].task == entries[entry].task;
    }
    return ordinal;
}
