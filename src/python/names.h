/* Names that were used before and their string handles. */
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
    NAMES_BUCKETS = 16384,
    NAMES_RECENT_BITS = 10,
};

/* A kept name. It never changes and lives as long as the table, so that it is read without a lock, with or
 * without the GIL. It owns its str: no other object can appear at the same address. */
struct name {
    PyObject *str;
    Py_hash_t hash;
    __itt_string_handle *handle;
    struct name *next;
};

struct names {
    _Atomic(struct name *) recent[1 << NAMES_RECENT_BITS]; /* by the address of the str */
    _Atomic(struct name *) buckets[NAMES_BUCKETS];         /* by its value */
    atomic_int count;
};

struct names *names_new(void);
void names_free(struct names *names);

/* The handle of VALUE, an argument called "name" of FUNCTION. Returns 0, or -1 with an exception. */
int names_find(struct names *names, PyObject *value, const char *function, __itt_string_handle **handle);

static inline size_t names_recent_index(PyObject *value)
{
    return (size_t)((uint64_t)(uintptr_t)value * 0x9E3779B97F4A7C15u >> (64 - NAMES_RECENT_BITS));
}

/* The handle of VALUE: by identity in a few instructions, else by value. */
static inline int names_get(struct names *names, PyObject *value, const char *function,
                            __itt_string_handle **handle)
{
    struct name *name = atomic_load_explicit(&names->recent[names_recent_index(value)], memory_order_acquire);
    if (name && name->str == value) {
        *handle = name->handle;
        return 0;
    }
    return names_find(names, value, function, handle);
}

#endif
