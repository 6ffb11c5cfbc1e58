/* Where an object that is a context manager was entered: many coroutines, threads and recursions may be in it at
 * once, and each leaves with the id that it came with. */
#ifndef ITT_PYTHON_ENTRIES_H
#define ITT_PYTHON_ENTRIES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <ittnotify.h>

struct entry {
    const void *frame; /* the caller's; only compared */
    unsigned long thread;
    __itt_id id;
};

struct entries {
    struct entry *list; /* the newest last */
    size_t count;
    size_t room;
};

/* Remembers that the calling frame enters OWNER. Returns 0, or -1 with a MemoryError. */
int entries_add(struct entries *entries, PyObject *owner, __itt_id id);

/* Forgets the newest entry of the calling frame, else of the thread, else of all. Returns whether there was one. */
int entries_take(struct entries *entries, PyObject *owner, __itt_id *id);

void entries_free(struct entries *entries);

#endif
