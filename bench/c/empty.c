/* An extension of Python whose functions take the arguments of labels and do nothing. */
#include <Python.h>

static PyObject *nothing(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module, (void)args, (void)count;
    Py_RETURN_NONE;
}

/* Calls args[0](args[1]): bench/counts.py counts the instructions of a function of this name. */
__attribute__((noinline)) PyObject *measured(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module;
    PyObject *result = count == 2 ? PyObject_CallFunctionObjArgs(args[0], args[1], NULL) : NULL;
    __asm__ volatile("" ::: "memory"); /* no tail call */
    return result;
}

static PyMethodDef methods[] = {
    {"begin", (PyCFunction)(void (*)(void))nothing, METH_FASTCALL, NULL},
    {"end", (PyCFunction)(void (*)(void))nothing, METH_FASTCALL, NULL},
    {"measured", (PyCFunction)(void (*)(void))measured, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "empty", .m_methods = methods};

PyMODINIT_FUNC PyInit_empty(void)
{
    return PyModule_Create(&definition);
}
