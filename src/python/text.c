#include "text.h"

int text_open(struct text *text, PyObject *str)
{
    text->owner = NULL;
    text->bytes = PyUnicode_AsUTF8AndSize(str, &text->size);
    if (text->bytes)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    text->owner = PyUnicode_AsEncodedString(str, "utf-8", "backslashreplace");
    if (!text->owner)
        return -1;
    text->bytes = PyBytes_AS_STRING(text->owner);
    text->size = PyBytes_GET_SIZE(text->owner);
    return 0;
}

void text_close(struct text *text)
{
    Py_CLEAR(text->owner);
}

int text_argument(struct text *text, PyObject *value, const char *function, const char *argument)
{
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s() argument '%s' must be str, not %.200s", function, argument,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    if (text_open(text, value) < 0)
        return -1;
    if (!memchr(text->bytes, '\0', (size_t)text->size))
        return 0;
    text_close(text);
    PyErr_Format(PyExc_ValueError, "%s() argument '%s' must be a str without NUL characters", function,
                 argument);
    return -1;
}
