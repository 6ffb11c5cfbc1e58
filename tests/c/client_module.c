/* A Python extension as programs write them for Intel's header: capsules around domains, the GIL released. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <ittnotify.h>

static const char capsule_name[] = "labels.domain";

static PyObject *make_domain(PyObject *self, PyObject *args)
{
    const char *name;
    __itt_domain *domain;
    (void)self;
    if (!PyArg_ParseTuple(args, "s", &name))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    domain = __itt_domain_create(name);
    Py_END_ALLOW_THREADS
    if (domain == NULL)
        return PyErr_NoMemory();
    return PyCapsule_New(domain, capsule_name, NULL);
}

static PyObject *begin(PyObject *self, PyObject *args)
{
    const char *name;
    PyObject *capsule;
    (void)self;
    if (!PyArg_ParseTuple(args, "Os", &capsule, &name))
        return NULL;
    __itt_domain *domain = PyCapsule_GetPointer(capsule, capsule_name);
    if (domain == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create(name));
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *end(PyObject *self, PyObject *capsule)
{
    (void)self;
    __itt_domain *domain = PyCapsule_GetPointer(capsule, capsule_name);
    if (domain == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    __itt_task_end(domain);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* The three calls that concern the whole collection are alike. */
static PyObject *control(int what)
{
    Py_BEGIN_ALLOW_THREADS
    if (what == 0)
        __itt_pause();
    else if (what == 1)
        __itt_resume();
    else
        __itt_detach();
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *pause_collection(PyObject *self, PyObject *args)
{
    (void)self, (void)args;
    return control(0);
}

static PyObject *resume_collection(PyObject *self, PyObject *args)
{
    (void)self, (void)args;
    return control(1);
}

static PyObject *detach_collection(PyObject *self, PyObject *args)
{
    (void)self, (void)args;
    return control(2);
}

static PyMethodDef methods[] = {
    {"domain", make_domain, METH_VARARGS, NULL},
    {"begin", begin, METH_VARARGS, NULL},
    {"end", end, METH_O, NULL},
    {"pause", pause_collection, METH_NOARGS, NULL},
    {"resume", resume_collection, METH_NOARGS, NULL},
    {"detach", detach_collection, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "labels", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_labels(void)
{
    return PyModule_Create(&module);
}
