/* What a task says: its name, domain, metadata and parent. */
#ifndef ITT_PYTHON_LABEL_H
#define ITT_PYTHON_LABEL_H

#include "caller.h"
#include "domain.h"

#include <ittnotify.h>
#include <stdatomic.h>

enum { LABEL_FEW = 3 };

/* It does not change once it is made, but for the handle. */
struct label {
    PyObject *name;                        /* NULL: after the code that enters */
    const __itt_domain *domain;            /* NULL: that of the code that enters */
    PyObject *keywords;                    /* metadata: a tuple of names, or NULL, */
    PyObject **values;                     /* and as many values, */
    PyObject *few[LABEL_FEW];              /* which lie here as long as they are few */
    PyObject *metadata;                    /* more of it, a dict, or NULL */
    PyObject *parent;                      /* an Id, a Task or NULL */
    _Atomic(__itt_string_handle *) handle; /* of the name; NULL: not known yet */
};

/* Fills an empty label with the arguments of task(): ARGS as for vectorcall, without the first. Returns 0, or -1 with an
 * exception; the label is to be cleared then, too. So with a copy. */
int label_take(struct state *state, struct label *label, PyObject *const *values, PyObject *kwnames);
int label_copy(struct label *label, const struct label *from);
void label_clear(struct label *label);
int label_traverse(const struct label *label, visitproc visit, void *arg);

/* Whether it holds anything that the garbage collector may have to look at. */
int label_is_container(const struct label *label);

/* A task that was begun and is to be ended. */
struct begun {
    const __itt_domain *domain; /* NULL: nothing was begun */
    __itt_id id;                /* null: it is on the stack of its thread */
};

static inline int label_is_on(const struct label *label)
{
    return (__itt_task_begin_ptr || __itt_task_begin_overlapped_ptr) &&
           (!label->domain || domain_is_on(label->domain));
}

/* Begins a task for the calling code, if anybody listens. Returns 0, or -1 with an exception that is to end the
 * program; nothing is begun then. */
int label_begin(struct state *state, struct label *label, const struct caller *caller, struct begun *begun);

/* Says that an exception of this type ends the task. Does not raise, and there must be no exception. */
void label_mark(struct state *state, const struct begun *begun, PyObject *type);

/* Also where the domain was switched off meanwhile: what was begun is ended. */
static inline void label_end(const struct begun *begun)
{
    if (!begun->id.d1) {
        void (*end)(const __itt_domain *) = __atomic_load_n(&__itt_task_end_ptr, __ATOMIC_ACQUIRE);
        if (end)
            end(begun->domain);
    } else {
        void (*end)(const __itt_domain *, __itt_id) =
            __atomic_load_n(&__itt_task_end_overlapped_ptr, __ATOMIC_ACQUIRE);
        if (end)
            end(begun->domain, begun->id);
    }
}

#endif
