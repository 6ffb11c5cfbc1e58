/* The text of a str as ITT takes it: UTF-8, ended by a NUL. */
#ifndef ITT_PYTHON_TEXT_H
#define ITT_PYTHON_TEXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string.h>

struct text {
    const char *bytes;
    Py_ssize_t size;
    PyObject *owner; /* what holds the bytes, where it is not the str itself */
};

/* Lends the text of STR, which must outlive it. A lone surrogate, which UTF-8 cannot carry, is written as Python
 * shows it: \udc80. Returns 0, or -1 with an exception. */
int text_open(struct text *text, PyObject *str);
void text_close(struct text *text);

/* The same for an argument of a label function, which must be a str without a NUL. */
int text_argument(struct text *text, PyObject *value, const char *function, const char *argument);

/* Checks such an argument without keeping its text. */
static inline int text_check(PyObject *value, const char *function, const char *argument)
{
    if (PyUnicode_Check(value) && PyUnicode_IS_COMPACT_ASCII(value) &&
        !memchr(PyUnicode_DATA(value), '\0', (size_t)PyUnicode_GET_LENGTH(value)))
        return 0;
    struct text text;
    if (text_argument(&text, value, function, argument) < 0)
        return -1;
    text_close(&text);
    return 0;
}

#endif
