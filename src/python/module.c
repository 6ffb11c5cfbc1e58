/* itt._itt: the ITT functions for Python, a client of the static part as any other program is. */
#include "compat.h"
#include "block.h"
#include "control.h"
#include "counter.h"
#include "docs.h"
#include "docs_task.h"
#include "domain.h"
#include "event.h"
#include "fork.h"
#include "frame.h"
#include "id.h"
#include "marker.h"
#include "metadata.h"
#include "names.h"
#include "overlapped.h"
#include "pt_region.h"
#include "recording.h"
#include "ready.h"
#include "region.h"
#include "state.h"
#include "task.h"
#include "task_function.h"
#include "task_type.h"
#include "thread.h"
#include "timed.h"

#ifndef ITT_VERSION /* setup.py defines both; without it, the file is only looked at */
#define ITT_VERSION     "?"
#define ITT_STATIC_PART "?"
#endif

static PyMethodDef methods[] = {
    {"pause", control_pause, METH_NOARGS, doc_pause},
    {"resume", control_resume, METH_NOARGS, doc_resume},
    {"detach", control_detach, METH_NOARGS, doc_detach},
    {"active", control_active, METH_NOARGS, doc_active},
    {"paused", control_paused, METH_NOARGS, doc_paused},
    {"resumed", control_resumed, METH_NOARGS, doc_resumed},
    {"domain_create", domain_create, METH_O, doc_domain_create},
    {"task", FASTCALL(task_make), METH_FASTCALL | METH_KEYWORDS, doc_task_make},
    {"task_begin", FASTCALL(task_begin), METH_FASTCALL | METH_KEYWORDS, doc_task_begin},
    {"task_begin_fn", FASTCALL(task_begin_fn), METH_FASTCALL, doc_task_begin_fn},
    {"task_end", task_end, METH_O, doc_task_end},
    {"task_begin_overlapped", FASTCALL(overlapped_begin), METH_FASTCALL | METH_KEYWORDS,
     doc_overlapped_begin},
    {"task_end_overlapped", FASTCALL(overlapped_end), METH_FASTCALL, doc_overlapped_end},
    {"task_group", FASTCALL(overlapped_group), METH_FASTCALL | METH_KEYWORDS, doc_overlapped_group},
    {"task_submit", FASTCALL(timed_submit), METH_FASTCALL | METH_KEYWORDS, doc_task_submit},
    {"relation", FASTCALL(overlapped_relate), METH_FASTCALL | METH_KEYWORDS, doc_relation},
    {"metadata", FASTCALL(metadata_call), METH_FASTCALL | METH_KEYWORDS, doc_metadata},
    {"marker", FASTCALL(marker_call), METH_FASTCALL | METH_KEYWORDS, doc_marker},
    {"event", event_get, METH_O, doc_event},
    {"region", FASTCALL(region_create), METH_FASTCALL | METH_KEYWORDS, doc_region},
    {"region_begin", FASTCALL(region_begin), METH_FASTCALL | METH_KEYWORDS, doc_region_begin},
    {"region_end", FASTCALL(region_end), METH_FASTCALL, doc_region_end},
    {"frame", FASTCALL(frame_create), METH_FASTCALL | METH_KEYWORDS, doc_frame},
    {"frame_begin", FASTCALL(frame_begin), METH_FASTCALL, doc_frame_begin},
    {"frame_end", FASTCALL(frame_end), METH_FASTCALL, doc_frame_end},
    {"frame_submit", FASTCALL(frame_submit), METH_FASTCALL | METH_KEYWORDS, doc_frame_submit},
    {"timestamp", timed_now, METH_NOARGS, doc_timestamp},
    {"thread_set_name", thread_set_name, METH_O, doc_thread_set_name},
    {"_bind", recording_bind, METH_O, doc_bind},
    {"_unbind", recording_unbind, METH_NOARGS, doc_unbind},
    {"_collector", recording_collector, METH_NOARGS, doc_collector},
    {"itt_pt_region_create", pt_region_create, METH_O, doc_pt_region_create},
    {"itt_pt_region_begin", pt_region_begin, METH_O, doc_pt_region_begin},
    {"itt_pt_region_end", pt_region_end, METH_O, doc_pt_region_end},
    {NULL, NULL, 0, NULL},
};

enum { FEW = 256, MANY = 16384 };

/* The strings of the state, in the order of their places. */
static const struct {
    size_t place;
    const char *text;
} strings[] = {
    {offsetof(struct state, qualname), "__qualname__"},
    {offsetof(struct state, wrapped), "__wrapped__"},
    {offsetof(struct state, code), "__code__"},
    {offsetof(struct state, call), "__call__"},
    {offsetof(struct state, init), "__init__"},
    {offsetof(struct state, func), "func"},
    {offsetof(struct state, file), "file"},
    {offsetof(struct state, line), "line"},
    {offsetof(struct state, dunder_name), "__name__"},
    {offsetof(struct state, dunder_file), "__file__"},
    {offsetof(struct state, spec), "__spec__"},
    {offsetof(struct state, main), "__main__"},
    {offsetof(struct state, threading), "threading"},
    {offsetof(struct state, active), "_active"},
    {offsetof(struct state, name), "name"},
    {offsetof(struct state, module), "__module__"},
    {offsetof(struct state, doc), "__doc__"},
    {offsetof(struct state, dict), "__dict__"},
    {offsetof(struct state, contextlib), "contextlib"},
    {offsetof(struct state, exit), "__exit__"},
    {offsetof(struct state, aexit), "__aexit__"},
    {offsetof(struct state, enter_context), "enter_context"},
    {offsetof(struct state, enter_async_context), "enter_async_context"},
    {offsetof(struct state, error), "error"},
    {offsetof(struct state, cancelled), "cancelled"},
};

/* The types, each with its place in the state and its name in the module. */
static const struct {
    size_t place;
    PyType_Spec *spec;
} types[] = {
    {offsetof(struct state, domain_type), &domain_spec},
    {offsetof(struct state, id_type), &id_spec},
    {offsetof(struct state, region_type), &region_spec},
    {offsetof(struct state, frame_type), &frame_spec},
    {offsetof(struct state, counter_type), &counter_spec},
    {offsetof(struct state, event_type), &event_spec},
    {offsetof(struct state, control_type), &control_spec},
    {offsetof(struct state, task_type), &task_spec},
    {offsetof(struct state, task_function_type), &task_function_spec},
    {offsetof(struct state, task_callable_type), &task_callable_spec},
    {offsetof(struct state, ready_type), &ready_spec},
};

static PyObject **place_of(struct state *state, size_t place)
{
    return (PyObject **)(void *)((char *)state + place);
}

static void *handle_make(const char *name)
{
    return __itt_string_handle_create(name);
}

static int names_prepare(struct state *state)
{
    state->names = names_new(MANY, handle_make, "name");
    state->domains = names_new(FEW, domain_make, "domain");
    state->packages = names_new(FEW, domain_make_package, "name");
    state->scripts = names_new(FEW, domain_make_script, "name");
    if (state->names && state->domains && state->packages && state->scripts && fork_prepare() == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static int types_prepare(struct state *state, PyObject *module)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        PyObject *type = PyType_FromModuleAndSpec(module, types[i].spec, NULL);
        *place_of(state, types[i].place) = type;
        if (!type)
            return -1;
#if PY_VERSION_HEX < 0x030A0000
        if (types[i].spec->flags & TYPE_NO_NEW)
            ((PyTypeObject *)type)->tp_new = NULL;
#endif
        int is_ours = strncmp(types[i].spec->name, "itt._itt.", strlen("itt._itt.")) == 0;
        if (!is_ours && PyModule_AddType(module, (PyTypeObject *)type) < 0)
            return -1;
    }
    return 0;
}

/* Python's own messages about calls name the module of a function: the one that programs know. */
static int functions_name(PyObject *module)
{
    PyObject *name = PyUnicode_InternFromString("itt");
    int result = name ? 0 : -1;
    for (const PyMethodDef *method = methods; result == 0 && method->ml_name; method++) {
        PyObject *function = PyObject_GetAttrString(module, method->ml_name);
        result = function ? PyObject_SetAttrString(function, "__module__", name) : -1;
        Py_XDECREF(function);
    }
    Py_XDECREF(name);
    return result;
}

static int module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);
    if (names_prepare(state) < 0 || functions_name(module) < 0)
        return -1;
    if (!(state->blocks = blocks_new())) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        if (!(*place_of(state, strings[i].place) = PyUnicode_InternFromString(strings[i].text)))
            return -1;
    if (!(state->events = PyDict_New()) || types_prepare(state, module) < 0 ||
        !(state->ready = ready_object(state, Py_None)) ||
        PyModule_AddStringConstant(module, "__version__", ITT_VERSION) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "static_part", ITT_STATIC_PART);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);
    for (size_t i = 0; state && i < sizeof types / sizeof *types; i++)
        Py_VISIT(*place_of(state, types[i].place));
    if (state) {
        Py_VISIT(state->events);
        Py_VISIT(state->ready);
    }
    return 0;
}

/* Not earlier than with the module itself: its functions may still be called while it is cleared. The types give the
 * module up by themselves when a cycle is broken. */
static void module_free(void *module)
{
    struct state *state = PyModule_GetState(module);
    if (!state)
        return;
    names_free(state->names);
    names_free(state->domains);
    names_free(state->packages);
    names_free(state->scripts);
    blocks_free(state->blocks);
    domain_forget(state);
    Py_CLEAR(state->ready);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        Py_CLEAR(*place_of(state, types[i].place));
    Py_CLEAR(state->events);
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        Py_CLEAR(*place_of(state, strings[i].place));
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,          .m_name = "itt._itt",  .m_doc = doc_module,
    .m_size = sizeof(struct state), .m_methods = methods,  .m_slots = slots,
    .m_traverse = module_traverse,  .m_free = module_free,
};

PyMODINIT_FUNC PyInit__itt(void)
{
    return PyModuleDef_Init(&definition);
}
