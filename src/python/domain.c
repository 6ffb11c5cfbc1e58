#include "domain.h"

#include "compat.h"
#include "docs_types.h"
#include "names.h"
#include "text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { DUMMIES_MAX = 256 };

/* A static part without a collector may make no domain at all. Callers get one all the same, always off: one a
 * name, and for a program with very many names one for all the rest. */
static _Atomic(__itt_domain *) dummies;
static __itt_domain dummy_rest;

static __itt_domain *dummy_find(__itt_domain *first, const char *name, int *count)
{
    *count = 0;
    for (__itt_domain *domain = first; domain; domain = domain->next, ++*count)
        if (strcmp(domain->nameA, name) == 0)
            return domain;
    return NULL;
}

static __itt_domain *dummy_get(const char *name)
{
    int count;
    __itt_domain *first = atomic_load_explicit(&dummies, memory_order_acquire);
    __itt_domain *found = dummy_find(first, name, &count);
    if (found)
        return found;
    size_t size = strlen(name) + 1;
    char *memory = count < DUMMIES_MAX ? calloc(1, sizeof(__itt_domain) + size) : NULL;
    if (!memory)
        return &dummy_rest;
    __itt_domain *domain = (__itt_domain *)(void *)memory;
    domain->nameA = memcpy(memory + sizeof(__itt_domain), name, size);
    domain->next = first;
    while (!atomic_compare_exchange_weak_explicit(&dummies, &first, domain, memory_order_release,
                                                  memory_order_acquire)) {
        found = dummy_find(first, name, &count); /* another thread was faster */
        if (found) {
            free(memory);
            return found;
        }
        domain->next = first;
    }
    return domain;
}

void *domain_make(const char *name)
{
    __itt_domain *domain;
    Py_BEGIN_ALLOW_THREADS;
    domain = __itt_domain_create(name);
    if (!domain)
        domain = dummy_get(name);
    Py_END_ALLOW_THREADS;
    return domain;
}

PyObject *domain_create(PyObject *module, PyObject *name)
{
    (void)module;
    struct text text;
    if (text_argument(&text, name, "domain_create", "name") < 0)
        return NULL;
    __itt_domain *domain = domain_make(text.bytes);
    text_close(&text);
    return PyCapsule_New(domain, DOMAIN_CAPSULE, NULL);
}

const __itt_domain *domain_refuse(PyObject *value, const char *function, const char *wanted)
{
    if (!PyCapsule_CheckExact(value)) {
        PyErr_Format(PyExc_TypeError, "%s() argument 'domain' must be %s, not %.200s", function, wanted,
                     Py_TYPE(value)->tp_name);
        return NULL;
    }
    PyErr_Clear();
    const char *name = PyCapsule_GetName(value);
    PyErr_Format(PyExc_TypeError, "%s() argument 'domain' must be %s, not a capsule named '%.200s'", function,
                 wanted, name ? name : "");
    return NULL;
}

const __itt_domain *domain_argument_any(struct state *state, PyObject *value, const char *function)
{
    if (!value || value == Py_None)
        return domain_of_caller(state);
    if (PyUnicode_Check(value)) {
        void *domain;
        return names_value(state->domains, value, function, &domain) < 0 ? NULL : domain;
    }
    const __itt_domain *domain = domain_look(value);
    return domain ? domain : domain_refuse(value, function, "a domain, the name of one, or None");
}

/* ---- The domain of the caller ---- */

/* Stands for the domain of a program, whose modules all have the same name. */
static char of_script;

static void *domain_make_part(const char *text, size_t size)
{
    char *name = PyMem_RawMalloc(size + 1);
    if (!name)
        return NULL;
    memcpy(name, text, size);
    name[size] = 0;
    void *domain = domain_make(name);
    PyMem_RawFree(name);
    return domain;
}

void *domain_make_package(const char *module)
{
    if (strcmp(module, "__main__") == 0 || strcmp(module, "__mp_main__") == 0)
        return &of_script;
    return domain_make_part(module, strcspn(module, "."));
}

/* "/folder/script.py" -> "script". A folder or zip file that is run has a "__main__.py": then it gives the name. */
void *domain_make_script(const char *file)
{
    const char *end = file + strlen(file);
    const char *name = end;
    const char *stop = NULL;
    for (int level = 0; level < 2; level++) {
        while (name > file && name[-1] != '/')
            name--;
        stop = memchr(name + (name < end), '.', (size_t)(end - name) - (name < end));
        for (const char *dot = stop; dot; dot = memchr(dot + 1, '.', (size_t)(end - dot - 1)))
            stop = dot;
        if (!stop)
            stop = end;
        if (name == file || stop - name != 8 || memcmp(name, "__main__", 8) != 0)
            break;
        end = --name;
    }
    return name < stop ? domain_make_part(name, (size_t)(stop - name)) : domain_make(file);
}

/* The module's value of NAME: a str as a new reference, or NULL, without an exception. */
static PyObject *str_get(PyObject *globals, PyObject *name)
{
    PyObject *value = dict_get(globals, name);
    if (value && !PyUnicode_Check(value))
        Py_CLEAR(value);
    return value;
}

/* `python -m package.module` tells the module's name by its spec. */
static PyObject *spec_name(struct state *state, PyObject *globals)
{
    PyObject *spec = dict_get(globals, state->spec);
    PyObject *name = spec && spec != Py_None ? PyObject_GetAttr(spec, state->name) : NULL;
    Py_XDECREF(spec);
    PyErr_Clear();
    if (name && !PyUnicode_Check(name))
        Py_CLEAR(name);
    return name;
}

/* The value of STR, which is let go of; NULL where there is none, as for a name with a NUL. */
static void *value_of(struct names *names, PyObject *str)
{
    void *value = NULL;
    if (str && names_value(names, str, "", &value) < 0)
        PyErr_Clear();
    Py_XDECREF(str);
    return value;
}

static const __itt_domain *domain_of_script(struct state *state, PyObject *globals)
{
    void *domain = value_of(state->packages, spec_name(state, globals));
    if (!domain || domain == &of_script)
        domain = value_of(state->scripts, str_get(globals, state->dunder_file));
    return domain ? domain : value_of(state->domains, Py_NewRef(state->main));
}

/* What was found for the module __main__: its labels need not look again. It lives as long as the state, so that it is
 * read without a lock. The module may go before: `watch`, a weak reference to it, sees to it that nothing is taken for it then. */
struct script {
    _Atomic(PyObject *) globals; /* borrowed; NULL: gone. Written by script_gone(), read anywhere */
    PyObject *watch;
    const __itt_domain *domain;
    struct script *before;
};

enum { SCRIPTS_MAX = 16 }; /* some tools run one script after the other */

static PyObject *script_gone(PyObject *capsule, PyObject *watch)
{
    struct state *state = PyCapsule_GetPointer(capsule, NULL);
    struct script *script = state ? atomic_load_explicit(&state->script, memory_order_acquire) : NULL;
    for (; script; script = script->before)
        if (script->watch == watch)
            atomic_store_explicit(&script->globals, NULL, memory_order_relaxed);
    Py_RETURN_NONE;
}

static PyObject *script_watch(struct state *state, PyObject *module)
{
    static PyMethodDef gone = {"gone", script_gone, METH_O, NULL};
    PyObject *capsule = PyCapsule_New(state, NULL, NULL);
    PyObject *callback = capsule ? PyCFunction_New(&gone, capsule) : NULL;
    PyObject *watch = callback ? PyWeakref_NewRef(module, callback) : NULL;
    Py_XDECREF(callback);
    Py_XDECREF(capsule);
    return watch;
}

static void script_keep(struct state *state, PyObject *globals, const __itt_domain *domain)
{
    struct script *before = atomic_load_explicit(&state->script, memory_order_acquire);
    int count = 0;
    for (const struct script *script = before; script; script = script->before)
        count++;
    PyObject *main = count < SCRIPTS_MAX ? PyImport_GetModule(state->main) : NULL;
    struct script *script = NULL;
    PyObject *watch = NULL;
    if (main && PyModule_Check(main) && PyModule_GetDict(main) == globals)
        watch = script_watch(state, main);
    if (watch)
        script = PyMem_RawMalloc(sizeof *script);
    if (script) {
        script->watch = watch;
        script->domain = domain;
        script->before = before;
        atomic_init(&script->globals, globals);
        if (atomic_compare_exchange_strong(&state->script, &script->before, script))
            watch = NULL;
        else
            PyMem_RawFree(script); /* another thread was faster */
    }
    Py_XDECREF(watch);
    Py_XDECREF(main);
    PyErr_Clear();
}

void domain_forget(struct state *state)
{
    struct script *script = atomic_exchange(&state->script, NULL);
    while (script) {
        struct script *before = script->before;
        Py_DECREF(script->watch);
        PyMem_RawFree(script);
        script = before;
    }
}

const __itt_domain *domain_of_globals(struct state *state, PyObject *globals)
{
    const struct script *script = atomic_load_explicit(&state->script, memory_order_acquire);
    if (script && atomic_load_explicit(&script->globals, memory_order_relaxed) == globals)
        return script->domain;
    Py_INCREF(globals); /* what is looked up may run code */
    void *domain = value_of(state->packages, str_get(globals, state->dunder_name));
    if (!domain || domain == &of_script) {
        int is_script = domain == &of_script;
        domain = (void *)(uintptr_t)domain_of_script(state, globals);
        if (is_script && domain)
            script_keep(state, globals, domain);
    }
    Py_DECREF(globals);
    if (!domain)
        PyErr_NoMemory();
    return domain;
}

const __itt_domain *domain_of_caller(struct state *state)
{
    PyObject *globals = PyEval_GetGlobals();
    if (globals)
        return domain_of_globals(state, globals);
    void *domain = value_of(state->domains, Py_NewRef(state->main));
    if (!domain)
        PyErr_NoMemory();
    return domain;
}

const __itt_domain *domain_of_module(struct state *state, PyObject *name)
{
    void *domain = value_of(state->packages, Py_NewRef(name));
    if (domain && domain != &of_script)
        return domain;
    PyObject *module = PyImport_GetModule(name);
    PyErr_Clear();
    domain = module && PyModule_Check(module)
                 ? (void *)(uintptr_t)domain_of_globals(state, PyModule_GetDict(module))
                 : (void *)(uintptr_t)domain_of_caller(state);
    Py_XDECREF(module);
    return domain;
}

/* ---- The type ---- */

static PyObject *domain_alloc(PyTypeObject *type, __itt_domain *domain, PyObject *name)
{
    struct domain *self = name ? (struct domain *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        Py_XDECREF(name);
        return NULL;
    }
    self->domain = domain;
    self->name = name;
    return (PyObject *)self;
}

PyObject *domain_object(struct state *state, const __itt_domain *domain)
{
    const char *name = domain->nameA ? domain->nameA : "";
    return domain_alloc((PyTypeObject *)state->domain_type, (__itt_domain *)(uintptr_t)domain,
                        PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "backslashreplace"));
}

static PyObject *domain_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"name", NULL};
    PyObject *name;
    struct text text;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O:Domain", names, &name) ||
        text_argument(&text, name, "Domain", "name") < 0)
        return NULL;
    __itt_domain *domain = domain_make(text.bytes);
    text_close(&text);
    return domain_alloc(type, domain, PyUnicode_FromObject(name));
}

void domain_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_DECREF(((struct domain *)self)->name);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *domain_repr(PyObject *self)
{
    return PyUnicode_FromFormat("itt.Domain(%R)", ((struct domain *)self)->name);
}

static Py_hash_t domain_hash(PyObject *self)
{
    return PyUnicode_Type.tp_hash(((struct domain *)self)->name);
}

/* By name: without a collector, many may have to share one __itt_domain. */
static PyObject *domain_compare(PyObject *self, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || Py_TYPE(other)->tp_dealloc != domain_dealloc)
        Py_RETURN_NOTIMPLEMENTED;
    int order = PyUnicode_Compare(((struct domain *)self)->name, ((struct domain *)other)->name);
    return PyBool_FromLong((order == 0) == (operation == Py_EQ));
}

static PyObject *domain_get_name(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(((struct domain *)self)->name);
}

static PyObject *domain_get_enabled(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(domain_is_on(((struct domain *)self)->domain));
}

static int domain_set_enabled(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (!value || !PyBool_Check(value)) {
        PyErr_Format(PyExc_TypeError, "Domain attribute 'enabled' must be bool, not %.200s",
                     value ? Py_TYPE(value)->tp_name : "deleted");
        return -1;
    }
    __itt_domain *domain = ((struct domain *)self)->domain;
    if (domain != &dummy_rest)
        __atomic_store_n(&domain->flags, value == Py_True, __ATOMIC_RELAXED);
    return 0;
}

static PyObject *domain_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_BuildValue("O(O)", Py_TYPE(self), ((struct domain *)self)->name);
}

static PyGetSetDef domain_attributes[] = {
    {"name", domain_get_name, NULL, doc_domain_name, NULL},
    {"enabled", domain_get_enabled, domain_set_enabled, doc_domain_enabled, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef domain_methods[] = {
    {"__reduce__", domain_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot domain_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_domain},
    {Py_tp_new, SLOT(domain_new)},
    {Py_tp_dealloc, SLOT(domain_dealloc)},
    {Py_tp_repr, SLOT(domain_repr)},
    {Py_tp_hash, SLOT(domain_hash)},
    {Py_tp_richcompare, SLOT(domain_compare)},
    {Py_tp_getset, domain_attributes},
    {Py_tp_methods, domain_methods},
    {0, NULL},
};

PyType_Spec domain_spec = {
    .name = "itt.Domain",
    .basicsize = sizeof(struct domain),
    .flags = Py_TPFLAGS_DEFAULT | TYPE_IMMUTABLE,
    .slots = domain_slots,
};
