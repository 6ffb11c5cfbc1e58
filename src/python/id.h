/* Ids: what overlapped tasks, regions and frames are told apart by. */
#ifndef ITT_PYTHON_ID_H
#define ITT_PYTHON_ID_H

#include "state.h"

#include <ittnotify.h>

/* An itt.Id; told by its dealloc, as a Domain is. */
struct id {
    PyObject_HEAD __itt_id value;
    const __itt_domain *domain; /* NULL: good for all domains */
    int created;                /* the collector was told of it, and is told of its end */
};

extern PyType_Spec id_spec;
void id_dealloc(PyObject *self);

/* An id that no other thread, interpreter or process of this machine has. */
__itt_id id_next(void);

/* A new Id, good for DOMAIN only, or with NULL for all. NULL with an exception. */
PyObject *id_object(struct state *state, __itt_id value, const __itt_domain *domain);

/* An Id as an argument, of DOMAIN or of none. Returns 0, or -1 with an exception. */
int id_argument(PyObject *value, const __itt_domain *domain, const char *function, const char *argument,
                __itt_id *id);

/* The same for an argument that may be left out: None or NULL is __itt_null. */
static inline int id_argument_optional(PyObject *value, const __itt_domain *domain, const char *function,
                                       const char *argument, __itt_id *id)
{
    if (value && value != Py_None)
        return id_argument(value, domain, function, argument, id);
    *id = __itt_null;
    return 0;
}

static inline int id_is_null(__itt_id id)
{
    return !(id.d1 | id.d2 | id.d3);
}

#endif
