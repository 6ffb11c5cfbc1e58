/* itt._analysis: what the command line does to trace files. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "crew.h"
#include "files.h"
#include "objects.h"
#include "recording.h"
#include <errno.h>

/* (error, missing): None, an errno, "foreign", "empty" or "pipe"; bytes that the file should have and has not. */
static PyObject *file_result(const struct crew_file *file)
{
    const unsigned long long missing = file->missing;
    if (file->error == READER_FOREIGN)
        return Py_BuildValue("sK", "foreign", missing);
    if (file->error == READER_EMPTY)
        return Py_BuildValue("sK", "empty", missing);
    if (file->error == READER_PIPE)
        return Py_BuildValue("sK", "pipe", missing);
    if (file->error != 0)
        return Py_BuildValue("iK", file->error, missing);
    return Py_BuildValue("OK", Py_None, missing);
}

static PyObject *files_result(const struct crew *crew)
{
    PyObject *files = PyList_New(0);
    for (uint32_t i = 0; files != NULL && i < crew->file_count; i++) {
        PyObject *file = file_result(&crew->files[i]);
        if (file == NULL || PyList_Append(files, file) < 0)
            Py_CLEAR(files);
        Py_XDECREF(file);
    }
    return files;
}

/* The names of files, as bytes objects; NULL: an exception. */
static PyObject *encoded(PyObject *paths)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(paths); i++) {
        PyObject *bytes = NULL;
        if (!PyUnicode_FSConverter(PyList_GET_ITEM(paths, i), &bytes) || PyList_Append(list, bytes) < 0)
            Py_CLEAR(list);
        Py_XDECREF(bytes);
    }
    return list;
}

/* Reads the files into the summary. What file_result() says of each; NULL: an exception. */
static PyObject *read_files(struct summary *summary, PyObject *names, uint32_t threads, uint64_t part,
                            uint64_t *joined)
{
    const Py_ssize_t count = PyList_GET_SIZE(names);
    const char **paths = PyMem_Calloc((size_t)count + 1, sizeof *paths);
    PyObject *files = NULL;
    struct crew crew;
    bool more = true, memory = paths != NULL;
    int interrupted = 0;
    for (Py_ssize_t i = 0; memory && i < count; i++)
        paths[i] = PyBytes_AS_STRING(PyList_GET_ITEM(names, i));
    if (!memory)
        return PyErr_NoMemory();
    memory = crew_open(&crew, summary, paths, (uint32_t)count, threads, part);
    while (memory && more && interrupted == 0) {
        Py_BEGIN_ALLOW_THREADS
        more = crew_read(&crew);
        Py_END_ALLOW_THREADS
        interrupted = PyErr_CheckSignals();
    }
    for (uint32_t i = 0; i < crew.file_count; i++)
        memory = memory && crew.files[i].error != ENOMEM;
    if (interrupted == 0 && (!memory || summary->out_of_memory))
        PyErr_NoMemory();
    else if (interrupted == 0)
        files = files_result(&crew);
    Py_BEGIN_ALLOW_THREADS
    crew_close(&crew);
    Py_END_ALLOW_THREADS
    *joined = crew.joined;
    PyMem_Free(paths);
    return files;
}

PyDoc_STRVAR(summarize_doc, "summarize($module, paths, /, *, by=None, tree=False, threads=0, "
                            "part=0)\n--\n\nReads recordings and returns "
                            "what the report needs, as a dict. by: 'thread', 'process' or None. threads, and "
                            "bytes that one reads at once: 0, "
                            "as is good.");

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

static PyObject *summarize(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"", "by", "tree", "threads", "part", NULL};
    struct summary summary;
    PyObject *paths, *by = Py_None, *list, *encoded_list, *result = NULL, *files = NULL;
    unsigned threads = 0;
    unsigned long long part = 0;
    uint64_t joined = 0;
    int tree = 0, sort;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$OpIK:summarize", names, &paths, &by, &tree, &threads,
                                     &part) ||
        (sort = owner_sort(by)) < 0 || (list = PySequence_List(paths)) == NULL)
        return NULL;
    summary_open(&summary);
    summary.owners.sort = (enum owner_sort)sort;
    summary.tree.wanted = tree != 0;
    encoded_list = encoded(list);
    if (encoded_list != NULL)
        files = read_files(&summary, encoded_list, threads, part, &joined);
    if (files != NULL) {
        summary_finish(&summary);
        result = objects_summary(&summary);
    }
    summary_close(&summary);
    if (result == NULL)
        Py_XDECREF(files);
    else if (objects_set(result, "files", files) < 0 ||
             objects_set(result, "read_ahead", PyLong_FromUnsignedLongLong(joined)) < 0)
        Py_CLEAR(result);
    Py_XDECREF(encoded_list);
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
    PyObject *names = Py_BuildValue("[O]", path);
    PyObject *encoded_list = names != NULL ? encoded(names) : NULL;
    PyObject *result = NULL, *files = NULL;
    uint64_t joined;
    (void)module;
    Py_XDECREF(names);
    if (encoded_list == NULL)
        return NULL;
    summary_open(&summary);
    files = read_files(&summary, encoded_list, 0, 0, &joined);
    if (files != NULL) {
        PyObject *error = PyTuple_GET_ITEM(PyList_GET_ITEM(files, 0), 0);
        if (error == Py_None)
            result = Py_BuildValue("{sKsK}", "events", summary.events, "lost", summary_lost(&summary));
        else
            os_error(PyLong_Check(error) ? (int)PyLong_AsLong(error) : EBADMSG, path);
    }
    summary_close(&summary);
    Py_XDECREF(files);
    Py_DECREF(encoded_list);
    return result;
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
