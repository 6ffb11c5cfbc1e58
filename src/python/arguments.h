/* The arguments of a function that is called by vectorcall. */
#ifndef ITT_PYTHON_ARGUMENTS_H
#define ITT_PYTHON_ARGUMENTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string.h>

/* Whether a keyword is called so. Most are plain ASCII, and differ in the first character. */
static inline int keyword_is(PyObject *name, const char *text)
{
    if (!PyUnicode_IS_COMPACT_ASCII(name))
        return PyUnicode_CompareWithASCIIString(name, text) == 0;
    const char *own = PyUnicode_DATA(name);
    return *own == *text && strcmp(own, text) == 0 && strlen(text) == (size_t)PyUnicode_GET_LENGTH(name);
}

/* The place of a keyword in KNOWN, which ends with NULL; -1 if it is not there. */
static inline int keyword_index(PyObject *name, const char *const *known)
{
    for (int i = 0; known[i]; i++)
        if (keyword_is(name, known[i]))
            return i;
    return -1;
}

/* What a function takes, and what it was given. */
struct signature {
    const char *function;
    const char *positional; /* their names, as in "domain, name" */
    int least, most;        /* so many of them */
    const char *const *known;
    int more; /* whether further keywords are metadata */
};

/* Checks a call and puts the values of the known keywords, borrowed, into their places in VALUES; those that are
 * not given are left alone. Returns 0, or -1 with a TypeError. */
int arguments_take(const struct signature *signature, PyObject *const *args, Py_ssize_t count,
                   PyObject *kwnames, PyObject **values);

/* A time: an int of 64 bits. Returns 0, or -1 with a TypeError or ValueError that names the argument. */
int time_argument(PyObject *value, const char *function, const char *argument, unsigned long long *time);

/* For decorators that are called first, and were given a function at once: -1 with a TypeError that says how it is done. */
int arguments_undecorated(PyObject *value, const char *function, const char *wanted, const char *call);

/* For decorators: FUNCTION, run in the context manager SELF at each call. */
PyObject *arguments_decorate(PyObject *self, PyObject *function, const char *type);

#endif
