/* Names that were used before, and what each stands for: a string handle, a domain ... */
#ifndef ITT_PYTHON_NAMES_H
#define ITT_PYTHON_NAMES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <ittnotify.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
    NAMES_MAX = 65536,     /* names that are kept; further ones ask the collector each time */
    NAMES_TEXT_MAX = 4096, /* longer names are not kept either: memory stays bounded */
    NAMES_RECENT_BITS = 10,
};

/* A kept name. It never changes and lives as long as the table, so that it is read without a lock, with or
 * without the GIL. It owns its str: no other object can appear at the same address. */
struct name {
    PyObject *str;
    Py_hash_t hash;
    void *value;
    struct name *next;
};

/* Makes the value of a name; NULL is not kept. */
typedef void *names_make(const char *text);

struct names {
    names_make *make;
    const char *argument; /* what the functions call such a name */
    atomic_int count;
    size_t bucket_count;
    _Atomic(struct name *) recent[1 << NAMES_RECENT_BITS]; /* by the address of the str */
    _Atomic(struct name *) buckets[];                      /* by its value */
};

/* NULL without memory. */
struct names *names_new(size_t buckets, names_make *make, const char *argument);
void names_free(struct names *names);

/* The value of STR, which an argument of FUNCTION is. Returns 0, or -1 with an exception. */
int names_find(struct names *names, PyObject *str, const char *function, void **value);

static inline size_t names_recent_index(PyObject *str)
{
    return (size_t)((uint64_t)(uintptr_t)str * 0x9E3779B97F4A7C15u >> (64 - NAMES_RECENT_BITS));
}

/* The same, by identity in a few instructions, else by value. */
static inline int names_value(struct names *names, PyObject *str, const char *function, void **value)
{
    struct name *name = atomic_load_explicit(&names->recent[names_recent_index(str)], memory_order_acquire);
    if (name && name->str == str) {
        *value = name->value;
        return 0;
    }
    return names_find(names, str, function, value);
}

/* The string handle of an argument called "name". */
static inline int names_get(struct names *names, PyObject *str, const char *function,
                            __itt_string_handle **handle)
{
    void *value = NULL;
    int result = names_value(names, str, function, &value);
    *handle = value;
    return result;
}

#endif
