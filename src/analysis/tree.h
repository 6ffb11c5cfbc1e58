/* Tasks by what they are inside of: a node for each path of tasks. */
#ifndef ITT_ANALYSIS_TREE_H
#define ITT_ANALYSIS_TREE_H

#include "tasks.h"

#define TREE_NODES (1u << 18)
#define TREE_DEPTH 256u

struct node {
    const struct task *task; /* NULL: all deeper than TREE_DEPTH, or past the last node */
    uint32_t parent, depth;  /* 0: none, the outermost are at depth 1 */
    uint64_t count, total, children, min, max;
};

struct tree {
    bool wanted;
    struct node *nodes; /* from 1 */
    uint32_t count, capacity;
    struct map numbers; /* parent and task -> node */
    bool full;
};

void tree_open(struct tree *tree);
void tree_close(struct tree *tree);

/* The node of a task inside a node (0: inside none). 0: none is wanted, or memory is out. */
uint32_t tree_node(struct tree *tree, uint32_t parent, const struct task *task);

/* One instance, ended. */
void tree_add(struct tree *tree, uint32_t node, uint64_t duration);

/* All of another tree's node. */
void tree_join(struct tree *tree, uint32_t node, const struct node *other);

/* Time of what is directly inside. */
static inline void tree_charge(struct tree *tree, uint32_t node, uint64_t time)
{
    if (node != 0)
        tree->nodes[node].children += time;
}

#endif
