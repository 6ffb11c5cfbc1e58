#include "entries.h"

#include "compat.h"

#include <string.h>

int entries_add(struct entries *entries, PyObject *owner, __itt_id id)
{
    const struct entry entry = {PyEval_GetFrame(), PyThread_get_thread_ident(), id};
    int result = 0;
    (void)owner; /* with the GIL there is nothing to lock */
    Py_BEGIN_CRITICAL_SECTION(owner);
    if (entries->count == entries->room) {
        size_t room = entries->room ? 2 * entries->room : 2;
        struct entry *list = PyMem_Realloc(entries->list, room * sizeof *list);
        if (list) {
            entries->list = list;
            entries->room = room;
        }
    }
    if (entries->count < entries->room)
        entries->list[entries->count++] = entry;
    else
        result = -1;
    Py_END_CRITICAL_SECTION();
    if (result < 0)
        PyErr_NoMemory();
    return result;
}

/* The place behind the newest entry that fits; 0 if none does. */
static size_t entries_find(const struct entries *entries, const void *frame, unsigned long thread)
{
    size_t found = entries->count;
    while (found && entries->list[found - 1].frame != frame)
        found--;
    if (found)
        return found;
    for (found = entries->count; found && entries->list[found - 1].thread != thread;)
        found--;
    return found ? found : entries->count;
}

int entries_take(struct entries *entries, PyObject *owner, __itt_id *id)
{
    const void *frame = PyEval_GetFrame();
    unsigned long thread = PyThread_get_thread_ident();
    size_t found;
    (void)owner;
    Py_BEGIN_CRITICAL_SECTION(owner);
    found = entries_find(entries, frame, thread);
    if (found) {
        struct entry *entry = &entries->list[found - 1];
        *id = entry->id;
        memmove(entry, entry + 1, (entries->count - found) * sizeof *entry);
        entries->count--;
    }
    Py_END_CRITICAL_SECTION();
    return found > 0;
}

void entries_free(struct entries *entries)
{
    PyMem_Free(entries->list);
}
