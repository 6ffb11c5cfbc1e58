#include "table.h"
#include "objects.h"
#include <math.h>

/* A name of the table, None for "all others". */
static PyObject *text_object(const struct texts *texts, uint32_t number)
{
    if (number == 0)
        Py_RETURN_NONE;
    const struct text *text = &texts->texts[number - 1];
    return PyUnicode_DecodeUTF8(text->bytes, (Py_ssize_t)text->length, "replace");
}

/* Appends to a list what a format makes; takes nothing. -1: an exception. */
static int append(PyObject *list, PyObject *row)
{
    int result = row != NULL ? PyList_Append(list, row) : -1;
    Py_XDECREF(row);
    return result;
}

/* The smallest value with at least this part of all values at or below it. */
static uint64_t rank_of(uint64_t count, uint64_t percent)
{
    uint64_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
    return rank != 0 ? rank : 1;
}

static uint64_t within(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static uint64_t self_time(uint64_t total, uint64_t children)
{
    return total - children <= total ? total - children : 0;
}

static uint64_t mean_of(uint64_t total, uint64_t count)
{
    return count > 0 ? total / count + (total % count * 2 >= count) : 0;
}

/* (kind, owner, domain, name) */
static PyObject *id_object(const struct tasks *tasks, const struct row_id *id)
{
    return Py_BuildValue("iINN", (int)id->kind, (unsigned)id->owner, text_object(&tasks->texts, id->domain),
                         text_object(&tasks->texts, id->name));
}

/* Steps a second, None where there are none, and their standard deviation in ns, None where there is but one. */
static PyObject *pace_object(const struct pace *pace)
{
    if (pace->steps == 0 || pace->mean <= 0)
        return Py_BuildValue("OO", Py_None, Py_None);
    if (pace->steps == 1)
        return Py_BuildValue("dO", 1e9 / pace->mean, Py_None);
    return Py_BuildValue("dd", 1e9 / pace->mean, sqrt(pace->squares / (double)pace->steps));
}

/* (id, (count, total, self, min, mean, p50, p95, p99, max, threads), open, pace) */
static PyObject *task_object(const struct tasks *tasks, struct task *task)
{
    const uint64_t count = task->count;
    uint64_t quantiles[3] = {0}, self = 0;
    if (count > 0) {
        const uint64_t ranks[3] = {rank_of(count, 50), rank_of(count, 95), rank_of(count, 99)};
        histogram_ranks(&task->histogram, ranks, quantiles, 3);
        for (int i = 0; i < 3; i++)
            quantiles[i] = within(quantiles[i], task->min, task->max);
        self = self_time(task->total, task->children);
    }
    return Py_BuildValue("N(KKKKKKKKKI)LN", id_object(tasks, &task->id), count, task->total, self,
                         count > 0 ? task->min : (uint64_t)0, mean_of(task->total, count), quantiles[0],
                         quantiles[1], quantiles[2], task->max, task->threads, task->open,
                         pace_object(&task->pace));
}

static PyObject *tasks_object(const struct tasks *tasks)
{
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < tasks->rows.count; i++) {
        struct task *task = tasks_row(tasks, i);
        if ((task->count != 0 || task->open > 0) && append(list, task_object(tasks, task)) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *number_object(const struct number *number)
{
    return number->real ? PyFloat_FromDouble(number->value) : PyLong_FromLongLong(number->integer);
}

/* (id, count, min, mean, max, last, unit) */
static PyObject *counter_object(const struct summary *summary, const struct counter *counter)
{
    const struct tasks *tasks = &summary->tasks;
    const uint32_t unit = counters_unit(&summary->counters, counter);
    return Py_BuildValue("NKNdNNN", id_object(tasks, &counter->id), counter->count,
                         number_object(&counter->min), counter_mean(counter), number_object(&counter->max),
                         number_object(&counter->last), text_object(&tasks->texts, unit));
}

static PyObject *counters_object(const struct summary *summary)
{
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < summary->counters.rows.count; i++) {
        const struct counter *counter = rows_at(&summary->counters.rows, i);
        if (counter->count != 0 && append(list, counter_object(summary, counter)) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* The first event of all, as the moments of markers are counted. */
static uint64_t start_of(const struct summary *summary)
{
    uint64_t start = UINT64_MAX;
    for (uint32_t i = 0; i < summary->source_count; i++) {
        const struct source *source = &summary->sources[i];
        if (source->first <= source->last && source->first + source_shift(source) < start)
            start = source->first + source_shift(source);
    }
    return start;
}

/* (id, scope, count, first, last), in ns since the first event */
static PyObject *markers_object(const struct summary *summary)
{
    PyObject *list = PyList_New(0);
    uint64_t start = start_of(summary);
    for (uint32_t i = 0; list != NULL && i < summary->markers.rows.count; i++) {
        const struct marker *marker = rows_at(&summary->markers.rows, i);
        if (append(list,
                   Py_BuildValue("NiKKK", id_object(&summary->tasks, &marker->id), (int)marker->id.scope,
                                 marker->count, marker->first - start, marker->last - start)) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* (parent, depth, domain, task, owner, count, total, self, min, mean, max); a parent stands before what is in it */
static PyObject *node_object(const struct tasks *tasks, const struct node *node)
{
    uint32_t domain = 0, name = 0, owner = 0;
    if (node->task != NULL) {
        domain = node->task->id.domain;
        name = node->task->id.name;
        owner = node->task->id.owner;
    }
    return Py_BuildValue("IINNIKKKKKK", node->parent, node->depth, text_object(&tasks->texts, domain),
                         text_object(&tasks->texts, name), owner, node->count, node->total,
                         self_time(node->total, node->children), node->count > 0 ? node->min : (uint64_t)0,
                         mean_of(node->total, node->count), node->max);
}

/* By number; 0 is none. */
static PyObject *tree_object(const struct summary *summary)
{
    PyObject *list = PyList_New(0);
    if (list != NULL && summary->tree.count > 0 && append(list, Py_BuildValue("")) < 0)
        Py_CLEAR(list);
    for (uint32_t i = 1; list != NULL && i < summary->tree.count; i++) {
        if (append(list, node_object(&summary->tasks, &summary->tree.nodes[i])) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* {number: (process, pid, thread, tid)} */
static PyObject *owners_object(const struct owners *owners)
{
    PyObject *dict = PyDict_New();
    for (uint32_t i = 1; dict != NULL && i < owners->count; i++) {
        const struct owner *owner = owners_get(owners, i);
        PyObject *key = NULL, *value = NULL;
        if (owner == NULL || owner->pid == 0)
            continue;
        key = PyLong_FromUnsignedLong(i);
        value = Py_BuildValue("NKNK", text_object(&owners->texts, owner->process), owner->pid,
                              text_object(&owners->texts, owner->thread), owner->tid);
        if (key == NULL || value == NULL || PyDict_SetItem(dict, key, value) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

bool table_set_all(PyObject *dict, struct summary *summary)
{
    return objects_set(dict, "tasks", tasks_object(&summary->tasks)) == 0 &&
           objects_set(dict, "counters", counters_object(summary)) == 0 &&
           objects_set(dict, "markers", markers_object(summary)) == 0 &&
           objects_set(dict, "tree", tree_object(summary)) == 0 &&
           objects_set(dict, "owners", owners_object(&summary->owners)) == 0;
}
