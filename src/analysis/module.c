/* itt._analysis: what the command line does to trace files. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "files.h"
#include "objects.h"
#include "reader.h"
#include "recording.h"
#include <errno.h>

#define SLICE_BYTES ((uint64_t)4 << 20) /* read between two looks at signals */

/* (error, missing): None, an errno, "foreign" or "empty"; bytes that the file should have and has not. */
static PyObject *file_result(int error, uint64_t missing)
{
    if (error == READER_FOREIGN || error == READER_EMPTY)
        return Py_BuildValue("sK", error == READER_EMPTY ? "empty" : "foreign", missing);
    if (error != 0)
        return Py_BuildValue("iK", error, missing);
    return Py_BuildValue("OK", Py_None, missing);
}

/* Adds one file to the summary. -1: a signal's handler raised an exception; else look at reader->error. */
static int read_all(struct reader *reader, struct summary *summary, const char *path)
{
    bool more;
    int interrupted = 0;
    Py_BEGIN_ALLOW_THREADS
    more = reader_open(reader, summary, path) == 0;
    Py_END_ALLOW_THREADS
    while (more && interrupted == 0) {
        Py_BEGIN_ALLOW_THREADS
        more = reader_read(reader, SLICE_BYTES);
        Py_END_ALLOW_THREADS
        interrupted = PyErr_CheckSignals();
    }
    reader_close(reader);
    return interrupted;
}

/* NULL: an exception; a file that cannot be read is none. */
static PyObject *read_file(struct summary *summary, PyObject *path)
{
    struct reader reader;
    PyObject *bytes;
    if (!PyUnicode_FSConverter(path, &bytes))
        return NULL;
    int interrupted = read_all(&reader, summary, PyBytes_AS_STRING(bytes));
    Py_DECREF(bytes);
    if (interrupted != 0)
        return NULL;
    if (summary->out_of_memory || reader.error == ENOMEM)
        return PyErr_NoMemory();
    return file_result(reader.error, reader.missing);
}

PyDoc_STRVAR(
    summarize_doc,
    "summarize($module, paths, /, *, by=None, tree=False)\n--\n\nReads recordings and returns what the "
    "report needs, as a dict. by: 'thread', 'process' or None.");

/* -1: an exception. */
static int owner_sort(PyObject *by)
{
    if (by == Py_None)
        return OWNER_NONE;
    if (PyUnicode_Check(by) && PyUnicode_CompareWithASCIIString(by, "thread") == 0)
        return OWNER_THREAD;
    if (PyUnicode_Check(by) && PyUnicode_CompareWithASCIIString(by, "process") == 0)
        return OWNER_PROCESS;
    PyErr_Format(PyExc_ValueError, "by must be 'thread', 'process' or None, not %R", by);
    return -1;
}

/* What file_result() says of each path; NULL: an exception. */
static PyObject *read_files(struct summary *summary, PyObject *paths)
{
    PyObject *files = PyList_New(0);
    for (Py_ssize_t i = 0; files != NULL && i < PyList_GET_SIZE(paths); i++) {
        PyObject *file = read_file(summary, PyList_GET_ITEM(paths, i));
        if (file == NULL || PyList_Append(files, file) < 0)
            Py_CLEAR(files);
        Py_XDECREF(file);
    }
    return files;
}

static PyObject *summarize(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"", "by", "tree", NULL};
    struct summary summary;
    PyObject *paths, *by = Py_None, *list, *result = NULL, *files;
    int tree = 0, sort;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$Op:summarize", names, &paths, &by, &tree) ||
        (sort = owner_sort(by)) < 0 || (list = PySequence_List(paths)) == NULL)
        return NULL;
    summary_open(&summary);
    summary.owners.sort = (enum owner_sort)sort;
    summary.tree.wanted = tree != 0;
    files = read_files(&summary, list);
    if (files != NULL) {
        summary_finish(&summary);
        result = objects_summary(&summary);
    }
    summary_close(&summary);
    if (result == NULL)
        Py_XDECREF(files);
    else if (objects_set(result, "files", files) < 0)
        Py_CLEAR(result);
    Py_DECREF(list);
    return result;
}

static PyObject *os_error(int error, PyObject *path)
{
    errno = error;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
}

PyDoc_STRVAR(counts_doc,
             "recording_counts($module, path, /)\n--\n\n{'events', 'lost'} of a recording. Raises OSError; "
             "EBADMSG: the file is none.");

static PyObject *counts(PyObject *module, PyObject *path)
{
    struct summary summary;
    struct reader reader;
    PyObject *bytes;
    (void)module;
    if (!PyUnicode_FSConverter(path, &bytes))
        return NULL;
    summary_open(&summary);
    int error = read_all(&reader, &summary, PyBytes_AS_STRING(bytes));
    uint64_t events = summary.events, lost = summary_lost(&summary);
    bool no_memory = summary.out_of_memory;
    summary_close(&summary);
    Py_DECREF(bytes);
    if (error < 0)
        return NULL;
    if (no_memory)
        return PyErr_NoMemory();
    if (reader.error != 0)
        return os_error(reader.error < 0 ? EBADMSG : reader.error, path);
    return Py_BuildValue("{sKsK}", "events", events, "lost", lost);
}

PyDoc_STRVAR(create_doc,
             "recording_create($module, path, run, paused=False, slots_dir=None, sync=False, cmdline=True, "
             "max_size=0, ring=0)\n--\n\nMakes the file of a recording; never replaces one. Raises OSError.");

static PyObject *create(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"path",    "run",      "paused", "slots_dir", "sync",
                            "cmdline", "max_size", "ring",   NULL};
    PyObject *path, *run, *slots = Py_None, *path_bytes = NULL, *slots_bytes = NULL, *result = NULL;
    struct recording_options options = {0};
    unsigned long long max_size = 0, ring = 0;
    int paused = 0, sync = 0, cmdline = 1, error;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO!|pOppKK:recording_create", names, &path,
                                     &PyLong_Type, &run, &paused, &slots, &sync, &cmdline, &max_size, &ring))
        return NULL;
    options.max_size = max_size;
    options.ring = ring;
    options.paused = paused != 0;
    options.wanted = (sync != 0 ? ITT_WANTED_SYNC : 0) | (cmdline != 0 ? 0 : ITT_WANTED_NO_CMDLINE);
    options.run = PyLong_AsUnsignedLongLong(run);
    if (options.run == UINT64_MAX && PyErr_Occurred())
        return NULL;
    if (!PyUnicode_FSConverter(path, &path_bytes) ||
        (slots != Py_None && !PyUnicode_FSConverter(slots, &slots_bytes)))
        goto done;
    options.slots_dir = slots_bytes != NULL ? PyBytes_AS_STRING(slots_bytes) : NULL;
    Py_BEGIN_ALLOW_THREADS
    error = recording_create(PyBytes_AS_STRING(path_bytes), &options);
    Py_END_ALLOW_THREADS
    result = error == 0 ? Py_BuildValue("") : os_error(error, path);
done:
    Py_XDECREF(path_bytes);
    Py_XDECREF(slots_bytes);
    return result;
}

PyDoc_STRVAR(settle_doc, "recording_settle($module, path, /)\n--\n\nSets a recording in order when its run "
                         "is over. Raises OSError.");

static PyObject *settle(PyObject *module, PyObject *path)
{
    PyObject *bytes;
    int error;
    (void)module;
    if (!PyUnicode_FSConverter(path, &bytes))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    error = recording_settle(PyBytes_AS_STRING(bytes));
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    if (error != 0)
        return os_error(error, path);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(head_doc,
             "recording_head($module, path, /)\n--\n\nAll that the head of a recording says, as a dict; "
             "EBADMSG: the file is none.");

static PyObject *head(PyObject *module, PyObject *path)
{
    struct files files;
    PyObject *bytes, *result;
    int error;
    (void)module;
    if (!PyUnicode_FSConverter(path, &bytes))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    error = files_open(PyBytes_AS_STRING(bytes), false, &files);
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    if (error != 0)
        return os_error(error, path);
    result = objects_head(&files.head);
    if (result != NULL && objects_set(result, "in_slots", PyBool_FromLong(files.slots >= 0)) < 0)
        Py_CLEAR(result);
    files_close(&files);
    return result;
}

static PyMethodDef methods[] = {
    {"summarize", (PyCFunction)(void (*)(void))summarize, METH_VARARGS | METH_KEYWORDS, summarize_doc},
    {"recording_create", (PyCFunction)(void (*)(void))create, METH_VARARGS | METH_KEYWORDS, create_doc},
    {"recording_settle", settle, METH_O, settle_doc},
    {"recording_counts", counts, METH_O, counts_doc},
    {"recording_head", head, METH_O, head_doc},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module)
{
    if (PyModule_AddIntConstant(module, "PAUSED", ITT_STATE_PAUSED) < 0 ||
        PyModule_AddIntConstant(module, "DETACHED", ITT_STATE_DETACHED) < 0 ||
        PyModule_AddIntConstant(module, "STOPPED", ITT_STATE_STOPPED) < 0 ||
        PyModule_AddIntConstant(module, "MAX_SIZE", ITT_STOP_MAX_SIZE) < 0 ||
        PyModule_AddIntConstant(module, "LEAST_SIZE", RECORDING_LEAST) < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)execute},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "itt._analysis", .m_doc = "Reads recordings.",
    .m_size = 0,           .m_methods = methods,      .m_slots = slots,
};

PyMODINIT_FUNC PyInit__analysis(void)
{
    return PyModuleDef_Init(&definition);
}
