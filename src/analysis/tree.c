#include "tree.h"
#include <stdlib.h>
#include <string.h>

#define REST 1u /* the node of all past the last */

void tree_open(struct tree *tree)
{
    memset(tree, 0, sizeof *tree);
    map_open(&tree->numbers, TREE_NODES);
}

void tree_close(struct tree *tree)
{
    free(tree->nodes);
    map_close(&tree->numbers);
}

static uint32_t node_new(struct tree *tree, uint32_t parent, const struct task *task)
{
    if (tree->count >= tree->capacity) {
        uint32_t capacity = tree->capacity != 0 ? tree->capacity * 2 : 256;
        struct node *grown = realloc(tree->nodes, capacity * sizeof *grown);
        if (grown == NULL)
            return 0;
        tree->nodes = grown;
        tree->capacity = capacity;
    }
    if (tree->count == 0) {
        memset(tree->nodes, 0, 2 * sizeof *tree->nodes);
        tree->nodes[REST] = (struct node){.depth = 1, .min = UINT64_MAX};
        tree->count = 2;
    }
    uint32_t depth = parent != 0 ? tree->nodes[parent].depth + 1 : 1;
    tree->nodes[tree->count] =
        (struct node){.task = task, .parent = parent, .depth = depth, .min = UINT64_MAX};
    return tree->count++;
}

uint32_t tree_node(struct tree *tree, uint32_t parent, const struct task *task)
{
    if (!tree->wanted)
        return 0;
    if (parent != 0) {
        const struct node *outer = &tree->nodes[parent];
        if (outer->task == NULL)
            return parent;
        if (outer->depth >= TREE_DEPTH)
            task = NULL;
    }
    /* Addresses have 47 bits, those of rows end in three zeros. */
    uint64_t key = (uint64_t)parent << 44 | (uintptr_t)task >> 3;
    uint32_t number = map_get(&tree->numbers, key);
    if (number != 0)
        return number;
    uint32_t *place = map_place(&tree->numbers, key);
    if (place == NULL) {
        tree->full = true;
        return tree->count > REST ? REST : 0;
    }
    return *place = node_new(tree, parent, task);
}

void tree_add(struct tree *tree, uint32_t node, uint64_t duration)
{
    if (node == 0)
        return;
    struct node *found = &tree->nodes[node];
    found->count++;
    found->total += duration;
    if (duration < found->min)
        found->min = duration;
    if (duration > found->max)
        found->max = duration;
}

void tree_join(struct tree *tree, uint32_t node, const struct node *other)
{
    if (node == 0)
        return;
    struct node *found = &tree->nodes[node];
    found->count += other->count;
    found->total += other->total;
    found->children += other->children;
    if (other->min < found->min)
        found->min = other->min;
    if (other->max > found->max)
        found->max = other->max;
}
