/* itt._itt: the ITT functions for Python, a client of the static part as any other program is. */
#include "control.h"
#include "docs.h"
#include "domain.h"
#include "names.h"
#include "region.h"
#include "state.h"
#include "task.h"

#ifndef ITT_VERSION /* setup.py defines both; without it, the file is only looked at */
#define ITT_VERSION     "?"
#define ITT_STATIC_PART "?"
#endif

/* By way of a plain function pointer, as PyMethodDef wants it. */
#define FASTCALL(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef methods[] = {
    {"pause", control_pause, METH_NOARGS, doc_pause},
    {"resume", control_resume, METH_NOARGS, doc_resume},
    {"detach", control_detach, METH_NOARGS, doc_detach},
    {"domain_create", domain_create, METH_O, doc_domain_create},
    {"task_begin", FASTCALL(task_begin), METH_FASTCALL, doc_task_begin},
    {"task_begin_fn", FASTCALL(task_begin_fn), METH_FASTCALL, doc_task_begin_fn},
    {"task_end", task_end, METH_O, doc_task_end},
    {"itt_pt_region_create", region_create, METH_O, doc_pt_region_create},
    {"itt_pt_region_begin", region_begin, METH_O, doc_pt_region_begin},
    {"itt_pt_region_end", region_end, METH_O, doc_pt_region_end},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);
    state->names = names_new();
    if (!state->names) {
        PyErr_NoMemory();
        return -1;
    }
    if (!(state->qualname = PyUnicode_InternFromString("__qualname__")) ||
        !(state->wrapped = PyUnicode_InternFromString("__wrapped__")) ||
        !(state->code = PyUnicode_InternFromString("__code__")) ||
        !(state->call = PyUnicode_InternFromString("__call__")) ||
        !(state->init = PyUnicode_InternFromString("__init__")) ||
        !(state->func = PyUnicode_InternFromString("func")) ||
        !(state->file = PyUnicode_InternFromString("file")) ||
        !(state->line = PyUnicode_InternFromString("line")))
        return -1;
    if (PyModule_AddStringConstant(module, "__version__", ITT_VERSION) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "static_part", ITT_STATIC_PART);
}

/* Not earlier than with the module itself: its functions may still be called while it is cleared. */
static void module_free(void *module)
{
    struct state *state = PyModule_GetState(module);
    if (!state)
        return;
    names_free(state->names);
    Py_XDECREF(state->qualname);
    Py_XDECREF(state->wrapped);
    Py_XDECREF(state->code);
    Py_XDECREF(state->call);
    Py_XDECREF(state->init);
    Py_XDECREF(state->func);
    Py_XDECREF(state->file);
    Py_XDECREF(state->line);
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
    PyModuleDef_HEAD_INIT, .m_name = "itt._itt", .m_doc = doc_module,   .m_size = sizeof(struct state),
    .m_methods = methods,  .m_slots = slots,     .m_free = module_free,
};

PyMODINIT_FUNC PyInit__itt(void)
{
    return PyModuleDef_Init(&definition);
}
