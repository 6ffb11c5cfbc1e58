#include "metadata.h"

#include "array.h"
#include "arguments.h"
#include "caller.h"
#include "compat.h"
#include "domain.h"
#include "id.h"
#include "names.h"
#include "text.h"
#include "thread.h"

#include <limits.h>

enum {
    SHOWN_MAX = 200,        /* characters of an object's str() */
    TEXT_MAX = 1 << 20,     /* characters of a str, bytes of bytes: more than any collector keeps */
    DECIMAL_BITS_MAX = 4096 /* longer numbers would take long to write down */
};

/* ---- What is given ---- */

static int key_check(PyObject *key, const char *function, const char *argument)
{
    if (!PyUnicode_Check(key)) {
        PyErr_Format(PyExc_TypeError, "%s() argument '%s' must have keys of type str, not %.200s", function,
                     argument, Py_TYPE(key)->tp_name);
        return -1;
    }
    if (PyUnicode_FindChar(key, 0, 0, PyUnicode_GET_LENGTH(key), 1) < 0)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s() argument '%s' must have keys without NUL characters", function,
                 argument);
    return -1;
}

PyObject *metadata_collect(PyObject *mapping, const char *function, const char *argument)
{
    PyObject *dict = PyDict_New();
    if (!dict || !mapping || mapping == Py_None)
        return dict;
    if (!PyDict_Check(mapping) && !PyObject_HasAttrString(mapping, "keys")) {
        PyErr_Format(PyExc_TypeError, "%s() argument '%s' must be a mapping, not %.200s", function, argument,
                     Py_TYPE(mapping)->tp_name);
        goto failed;
    }
    if (PyDict_Update(dict, mapping) < 0)
        goto failed;
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);)
        if (key_check(key, function, argument) < 0)
            goto failed;
    return dict;

failed:
    Py_DECREF(dict);
    return NULL;
}

int metadata_check(PyObject *kwnames, const char *function)
{
    for (Py_ssize_t i = 0; kwnames && i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        if (PyUnicode_IS_COMPACT_ASCII(name)
                ? !memchr(PyUnicode_DATA(name), 0, (size_t)PyUnicode_GET_LENGTH(name))
                : PyUnicode_FindChar(name, 0, 0, PyUnicode_GET_LENGTH(name), 1) < 0)
            continue;
        PyErr_Format(PyExc_ValueError, "%s() keyword %R must not have a NUL character in it", function, name);
        return -1;
    }
    return 0;
}

/* ---- What is sent ---- */

struct target {
    const __itt_domain *domain;
    __itt_id id;
    __itt_string_handle *key;
};

static void send_number(const struct target *to, __itt_metadata_type type, void *number)
{
    __itt_metadata_add(to->domain, to->id, to->key, type, 1, number);
}

static void send_text(const struct target *to, const char *text, Py_ssize_t size)
{
    __itt_metadata_str_add(to->domain, to->id, to->key, text, (size_t)size);
}

/* The text of STR, which is let go of. Returns 0, or -1 with an exception. */
static int send_str(const struct target *to, PyObject *str)
{
    struct text text;
    if (str && PyUnicode_GET_LENGTH(str) > TEXT_MAX)
        Py_SETREF(str, PyUnicode_Substring(str, 0, TEXT_MAX));
    if (!str || text_open(&text, str) < 0) {
        Py_XDECREF(str);
        return -1;
    }
    send_text(to, text.bytes, text.size);
    text_close(&text);
    Py_DECREF(str);
    return 0;
}

/* Bytes are text where they can be; the others are written as \xff. */
static int send_bytes(const struct target *to, const char *bytes, Py_ssize_t size)
{
    return send_str(to, PyUnicode_DecodeUTF8(bytes, size < TEXT_MAX ? size : TEXT_MAX, "backslashreplace"));
}

/* Lets go of STR, as all of these. */
static int send_short(const struct target *to, PyObject *str)
{
    if (str && PyUnicode_GET_LENGTH(str) > SHOWN_MAX) {
        Py_SETREF(str, PyUnicode_Substring(str, 0, SHOWN_MAX - 1));
        if (str)
            Py_SETREF(str, PyUnicode_FromFormat("%U%c", str, 0x2026)); /* an ellipsis */
    }
    return send_str(to, str);
}

/* By the methods of int itself: a subclass may have its own. */
static int send_long(const struct target *to, PyObject *value)
{
    PyObject *bits = PyObject_CallMethod((PyObject *)&PyLong_Type, "bit_length", "O", value);
    if (!bits)
        return -1;
    int large = PyLong_AsSize_t(bits) > DECIMAL_BITS_MAX; /* also where it overflows */
    PyErr_Clear();
    int result =
        send_short(to, large ? PyUnicode_FromFormat("<int of %S bits>", bits) : PyLong_Type.tp_repr(value));
    Py_DECREF(bits);
    return result;
}

static int send_int(const struct target *to, PyObject *value)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (!overflow) {
        send_number(to, __itt_metadata_s64, &number);
        return 0;
    }
    if (overflow > 0) {
        unsigned long long large = PyLong_AsUnsignedLongLong(value);
        if (large != (unsigned long long)-1 || !PyErr_Occurred()) {
            send_number(to, __itt_metadata_u64, &large);
            return 0;
        }
        PyErr_Clear();
    }
    return send_long(to, value);
}

/* Returns whether the buffer could be sent, or -1. */
static int send_buffer(const struct target *to, PyObject *value)
{
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        return 0;
    }
    struct array array;
    int sent = array_open(&array, &view);
    if (sent > 0 && array.type == __itt_metadata_unknown)
        sent = send_bytes(to, array.data, (Py_ssize_t)array.count) < 0 ? -1 : 1;
    else if (sent > 0 && array.count == 0)
        send_text(to, "[]", 2); /* no address that a collector may read */
    else if (sent > 0)
        __itt_metadata_add(to->domain, to->id, to->key, array.type, array.count, array.data);
    array_close(&array);
    PyBuffer_Release(&view);
    return sent;
}

static int send(const struct target *to, PyObject *value)
{
    if (PyLong_Check(value))
        return send_int(to, value);
    if (PyFloat_Check(value)) {
        double number = PyFloat_AS_DOUBLE(value);
        send_number(to, __itt_metadata_double, &number);
        return 0;
    }
    if (PyUnicode_Check(value))
        return send_str(to, Py_NewRef(value));
    if (PyObject_CheckBuffer(value)) {
        int sent = send_buffer(to, value);
        if (sent)
            return sent < 0 ? -1 : 0;
    }
    return send_short(to, PyObject_Str(value));
}

int metadata_add(struct state *state, const __itt_domain *domain, __itt_id id, PyObject *key, PyObject *value)
{
    struct target to = {domain, id, NULL};
    if (names_get(state->names, key, "metadata", &to.key) == 0 && send(&to, value) == 0)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyErr_Clear();
    char text[SHOWN_MAX];
    PyOS_snprintf(text, sizeof text, "<unprintable %.150s>", Py_TYPE(value)->tp_name);
    if (to.key)
        send_text(&to, text, (Py_ssize_t)strlen(text));
    return 0;
}

int metadata_add_dict(struct state *state, const __itt_domain *domain, __itt_id id, PyObject *dict)
{
    PyObject *key, *value;
    int result = 0;
    if (!dict || !metadata_is_on(domain))
        return 0;
    for (Py_ssize_t at = 0; result == 0 && PyDict_Next(dict, &at, &key, &value);) {
        Py_INCREF(key); /* a value's own code may be at work */
        Py_INCREF(value);
        result = metadata_add(state, domain, id, key, value);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    return result;
}

int metadata_add_keywords(struct state *state, const __itt_domain *domain, __itt_id id,
                          PyObject *const *values, PyObject *kwnames, const char *const *known)
{
    if (!kwnames || !metadata_is_on(domain))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        if (known && keyword_index(name, known) >= 0)
            continue;
        if (metadata_add(state, domain, id, name, values[i]) < 0)
            return -1;
    }
    return 0;
}

PyObject *metadata_call(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    enum { DOMAIN, ID };
    static const char *const known[] = {"domain", "id", NULL};
    static const struct signature signature = {"metadata", "mapping", 0, 1, known, 1};
    PyObject *values[2] = {NULL, NULL};
    PyObject *dict = NULL;
    const __itt_domain *domain;
    __itt_id id;
    struct state *state = state_of(module);
    if (!state || arguments_take(&signature, args, count, kwnames, values) < 0 ||
        !(domain = domain_argument_any(state, values[DOMAIN], signature.function)) ||
        id_argument_optional(values[ID], domain, signature.function, "id", &id) < 0 ||
        metadata_check(kwnames, signature.function) < 0 ||
        (count && !(dict = metadata_collect(args[0], signature.function, "mapping"))))
        return NULL;
    struct block task;
    if (!values[ID] && caller_task(state, &task)) { /* what a coroutine is in is not on the thread's stack */
        id = task.id;
        if (!values[DOMAIN])
            domain = task.domain;
    }
    if (metadata_is_on(domain))
        thread_introduce(state);
    int failed = metadata_add_dict(state, domain, id, dict) < 0 ||
                 metadata_add_keywords(state, domain, id, args + count, kwnames, known) < 0;
    Py_XDECREF(dict);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}
