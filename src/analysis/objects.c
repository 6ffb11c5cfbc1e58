#include "objects.h"
#include "ring.h"
#include "table.h"
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
        {"accepted", head->accepted},
        {"max_size", head->max_units * ITT_UNIT_SIZE},
        {"ring_size", (uint64_t)ring_kept(head) * ITT_LARGE_CHUNK},
        {"ring_overwritten", ring_overwritten(head)},
        {"run", head->run},
        {"host", head->host},
        {"start_realtime", head->start_realtime},
        {"start_boottime", head->start_boottime},
        {"wanted", head->wanted},
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

static uint64_t paused_time(const struct summary *summary)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < summary->source_count; i++)
        sum += pauses_time(summary->sources[i].pauses, summary->sources[i].last);
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
        {"open", summary_count_open(summary)},
        {"unmatched_ends", summary->unmatched_ends},
        {"damaged_bytes", summary->damaged},
        {"paused_ns", paused_time(summary)},
        {"segments", summary->segments},
        {"names", summary->tasks.rows.named},
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
        objects_set(dict, "inexact_paces", PyBool_FromLong(summary->paces.late != 0)) < 0 ||
        objects_set(dict, "inexact_tree", PyBool_FromLong(summary->tree.full)) < 0 ||
        !table_set_all(dict, summary))
        goto failed;
    return dict;
failed:
    Py_DECREF(dict);
    return NULL;
}
