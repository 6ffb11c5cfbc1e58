#include "names.h"

#include "text.h"

struct names *names_new(void)
{
    return PyMem_RawCalloc(1, sizeof(struct names));
}

void names_free(struct names *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < NAMES_BUCKETS; i++) {
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

/* A name of this value between FIRST and LAST, which is not looked at. Compares text only: runs no Python code,
 * whatever a subclass of str defines. */
static struct name *name_find(struct name *first, struct name *last, PyObject *value, Py_hash_t hash)
{
    for (struct name *name = first; name != last; name = name->next)
        if (name->hash == hash && PyUnicode_Compare(name->str, value) == 0)
            return name;
    return NULL;
}

/* Keeps a name unless the table is full or there is no memory; both only cost time. */
static void names_keep(struct names *names, PyObject *value, Py_hash_t hash, __itt_string_handle *handle)
{
    if (atomic_load_explicit(&names->count, memory_order_relaxed) >= NAMES_MAX)
        return;
    struct name *name = PyMem_RawMalloc(sizeof *name);
    if (!name)
        return;
    name->str = PyUnicode_FromObject(value); /* a copy, where it is of a subclass */
    if (!name->str) {
        PyErr_Clear();
        PyMem_RawFree(name);
        return;
    }
    name->hash = hash;
    name->handle = handle;
    _Atomic(struct name *) *bucket = &names->buckets[(size_t)hash % NAMES_BUCKETS];
    struct name *seen = NULL;
    name->next = atomic_load_explicit(bucket, memory_order_acquire);
    do {
        if (name_find(name->next, seen, value, hash)) { /* another thread was faster */
            Py_DECREF(name->str);
            PyMem_RawFree(name);
            return;
        }
        seen = name->next;
    } while (!atomic_compare_exchange_weak_explicit(bucket, &name->next, name, memory_order_release,
                                                    memory_order_acquire));
    atomic_fetch_add_explicit(&names->count, 1, memory_order_relaxed);
}

int names_find(struct names *names, PyObject *value, const char *function, __itt_string_handle **handle)
{
    Py_hash_t hash = 0;
    if (PyUnicode_Check(value)) {
        hash = PyUnicode_Type.tp_hash(value); /* not PyObject_Hash: a subclass may define its own */
        struct name *first =
            atomic_load_explicit(&names->buckets[(size_t)hash % NAMES_BUCKETS], memory_order_acquire);
        struct name *name = name_find(first, NULL, value, hash);
        if (name) {
            if (name->str == value)
                atomic_store_explicit(&names->recent[names_recent_index(value)], name, memory_order_release);
            *handle = name->handle;
            return 0;
        }
    }
    struct text text;
    if (text_argument(&text, value, function, "name") < 0)
        return -1;
    *handle = __itt_string_handle_create(text.bytes);
    if (*handle && text.size <= NAMES_TEXT_MAX)
        names_keep(names, value, hash, *handle);
    text_close(&text);
    return 0;
}
