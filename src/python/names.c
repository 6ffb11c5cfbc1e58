#include "names.h"

#include "text.h"

struct names *names_new(size_t buckets, names_make *make, const char *argument)
{
    struct names *names = PyMem_RawCalloc(1, sizeof *names + buckets * sizeof *names->buckets);
    if (!names)
        return NULL;
    names->make = make;
    names->argument = argument;
    names->bucket_count = buckets;
    return names;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < names->bucket_count; i++) {
        struct name *name = atomic_load_explicit(&names->buckets[i], memory_order_acquire);
        while (name) {
            struct name *next = name->next;
            Py_DECREF(name->str);
            PyMem_RawFree(name);
            name = next;
        }
    }
    PyMem_RawFree(names);
}

/* A name of this text between FIRST and LAST, which is not looked at. Compares text only: runs no Python code,
 * whatever a subclass of str defines. */
static struct name *name_find(struct name *first, struct name *last, PyObject *str, Py_hash_t hash)
{
    for (struct name *name = first; name != last; name = name->next)
        if (name->hash == hash && PyUnicode_Compare(name->str, str) == 0)
            return name;
    return NULL;
}

/* Keeps a name unless the table is full or there is no memory; both only cost time. */
static void names_keep(struct names *names, PyObject *str, Py_hash_t hash, void *value)
{
    if (atomic_load_explicit(&names->count, memory_order_relaxed) >= NAMES_MAX)
        return;
    struct name *name = PyMem_RawMalloc(sizeof *name);
    if (!name)
        return;
    name->str = PyUnicode_FromObject(str); /* a copy, where it is of a subclass */
    if (!name->str) {
        PyErr_Clear();
        PyMem_RawFree(name);
        return;
    }
    name->hash = hash;
    name->value = value;
    _Atomic(struct name *) *bucket = &names->buckets[(size_t)hash % names->bucket_count];
    struct name *seen = NULL;
    name->next = atomic_load_explicit(bucket, memory_order_acquire);
    do {
        if (name_find(name->next, seen, str, hash)) { /* another thread was faster */
            Py_DECREF(name->str);
            PyMem_RawFree(name);
            return;
        }
        seen = name->next;
    } while (!atomic_compare_exchange_weak_explicit(bucket, &name->next, name, memory_order_release,
                                                    memory_order_acquire));
    atomic_fetch_add_explicit(&names->count, 1, memory_order_relaxed);
}

int names_find(struct names *names, PyObject *str, const char *function, void **value)
{
    Py_hash_t hash = 0;
    if (PyUnicode_Check(str)) {
        hash = PyUnicode_Type.tp_hash(str); /* not PyObject_Hash: a subclass may define its own */
        struct name *first =
            atomic_load_explicit(&names->buckets[(size_t)hash % names->bucket_count], memory_order_acquire);
        struct name *name = name_find(first, NULL, str, hash);
        if (name) {
            if (name->str == str)
                atomic_store_explicit(&names->recent[names_recent_index(str)], name, memory_order_release);
            *value = name->value;
            return 0;
        }
    }
    struct text text;
    if (text_argument(&text, str, function, names->argument) < 0)
        return -1;
    *value = names->make(text.bytes);
    if (*value && text.size <= NAMES_TEXT_MAX)
        names_keep(names, str, hash, *value);
    text_close(&text);
    return 0;
}
