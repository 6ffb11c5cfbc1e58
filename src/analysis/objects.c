#include "objects.h"
#include <string.h>

int objects_set(PyObject *dict, const char *key, PyObject *value)
{
    if (value == NULL)
        return -1;
    int result = PyDict_SetItemString(dict, key, value);
    Py_DECREF(value);
    return result;
}

static int set_number(PyObject *dict, const char *key, uint64_t value)
{
    return objects_set(dict, key, PyLong_FromUnsignedLongLong(value));
}

static int set_text(PyObject *dict, const char *key, const char *text, size_t size)
{
    return objects_set(dict, key, PyUnicode_DecodeUTF8(text, (Py_ssize_t)strnlen(text, size), "replace"));
}

PyObject *objects_head(const struct recording_head *head)
{
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {
        {"version", head->version},
        {"state", head->state},
        {"stop_reason", head->stop_reason},
        {"next", head->next},
        {"next_sequence", head->next_sequence},
        {"lost_nested", head->lost_nested},
        {"lost_space", head->lost_space},
        {"lost_depth", head->lost_depth},
        {"unmatched_ends", head->unmatched_ends},
        {"paused_begins", head->paused_begins},
        {"names_beyond", head->names_beyond},
        {"processes", head->processes},
        {"static_parts", head->static_parts},
        {"threads", head->threads},
        {"failed_joins", head->failed_joins},
        {"join_error", head->join_error},
        {"run", head->run},
        {"host", head->host},
        {"start_realtime", head->start_realtime},
        {"start_boottime", head->start_boottime},
    };
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (set_number(dict, numbers[i].key, numbers[i].value) < 0)
            goto failed;
    }
    if (objects_set(dict, "uuid", PyBytes_FromStringAndSize((const char *)head->uuid, sizeof head->uuid)) <
            0 ||
        set_text(dict, "hostname", head->hostname, sizeof head->hostname) < 0 ||
        set_text(dict, "collector", head->collector, sizeof head->collector) < 0 ||
        objects_set(dict, "slots_path",
                    PyUnicode_DecodeFSDefaultAndSize(
                        head->slots_path, (Py_ssize_t)strnlen(head->slots_path, sizeof head->slots_path))) <
            0)
        goto failed;
    return dict;
failed:
    Py_DECREF(dict);
    return NULL;
}

/* A name of the table, None for "all others". */
static PyObject *text_object(const struct tasks *tasks, uint32_t number)
{
    if (number == 0)
        Py_RETURN_NONE;
    const struct text *text = &tasks->texts.texts[number - 1];
    return PyUnicode_DecodeUTF8(text->bytes, (Py_ssize_t)text->length, "replace");
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

/* (domain, task, count, total, self, min, mean, p50, p95, p99, max, threads, open) */
static PyObject *task_object(const struct tasks *tasks, struct task *task)
{
    PyObject *domain = text_object(tasks, task->domain), *name = text_object(tasks, task->name);
    const uint64_t count = task->count;
    uint64_t quantiles[3] = {0}, self = 0;
    if (count > 0) {
        const uint64_t ranks[3] = {rank_of(count, 50), rank_of(count, 95), rank_of(count, 99)};
        histogram_ranks(&task->histogram, ranks, quantiles, 3);
        for (int i = 0; i < 3; i++)
            quantiles[i] = within(quantiles[i], task->min, task->max);
        self = task->total - task->children <= task->total ? task->total - task->children : 0;
    }
    PyObject *row = NULL;
    if (domain != NULL && name != NULL)
        row = Py_BuildValue(
            "OOKKKKKKKKKIK", domain, name, count, task->total, self, count > 0 ? task->min : (uint64_t)0,
            count > 0 ? task->total / count + (task->total % count * 2 >= count) : (uint64_t)0, quantiles[0],
            quantiles[1], quantiles[2], task->max, task->threads, task->open);
    Py_XDECREF(domain);
    Py_XDECREF(name);
    return row;
}

static PyObject *tasks_object(const struct tasks *tasks)
{
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < tasks->count; i++) {
        struct task *task = tasks_row(tasks, i);
        if (task->count == 0 && task->open == 0)
            continue;
        PyObject *row = task_object(tasks, task);
        if (row == NULL || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

static PyObject *heads_object(const struct summary *summary)
{
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < summary->source_count; i++) {
        if (!summary->sources[i].has_head)
            continue;
        PyObject *head = objects_head(&summary->sources[i].head);
        if (head == NULL || PyList_Append(list, head) < 0)
            Py_CLEAR(list);
        Py_XDECREF(head);
    }
    return list;
}

/* Names of tasks that have a row of their own. */
static uint32_t names_count(const struct summary *summary)
{
    return summary->tasks.rows.count;
}

/* How long the recordings were paused, where the slices tell. */
static uint64_t paused_time(const struct summary *summary)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < summary->source_count; i++) {
        const struct source *source = &summary->sources[i];
        if (source->pauses == source->resumes)
            sum += source->paused;
        else if (source->pauses == source->resumes + 1 && (int64_t)(source->paused + source->last) > 0)
            sum += source->paused + source->last;
    }
    return sum;
}

PyObject *objects_summary(struct summary *summary)
{
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {
        {"duration_ns", summary_duration(summary)},
        {"processes", summary->processes.count},
        {"threads", summary->threads.count},
        {"events", summary->events},
        {"lost", summary_lost(summary)},
        {"open", summary->crossings.open},
        {"unmatched_ends", summary->unmatched_ends},
        {"damaged_bytes", summary->damaged},
        {"paused_ns", paused_time(summary)},
        {"segments", summary->segments},
        {"names", names_count(summary)},
    };
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (set_number(dict, numbers[i].key, numbers[i].value) < 0)
            goto failed;
    }
    if (objects_set(dict, "newer", PyBool_FromLong(summary->newer)) < 0 ||
        objects_set(dict, "rough_quantiles", PyBool_FromLong(summary->tasks.budget.spent)) < 0 ||
        objects_set(dict, "inexact_open", PyBool_FromLong(summary->crossings.forgotten != 0)) < 0 ||
        objects_set(dict, "inexact_threads",
                    PyBool_FromLong(summary->tasks.pairs.count == summary->tasks.pairs.limit ||
                                    summary->threads.count == summary->threads.limit)) < 0 ||
        objects_set(dict, "recordings", heads_object(summary)) < 0 ||
        objects_set(dict, "tasks", tasks_object(&summary->tasks)) < 0)
        goto failed;
    return dict;
failed:
    Py_DECREF(dict);
    return NULL;
}
