/* Metadata: pairs of a key and a value of any type. Values never raise. */
#ifndef ITT_PYTHON_METADATA_H
#define ITT_PYTHON_METADATA_H

#include "state.h"

#include <ittnotify.h>

/* The mapping that was given as METADATA, as a dict of its own: a new reference, or NULL with an exception
 * that names the argument, also where a key is no name. None gives an empty one. */
PyObject *metadata_collect(PyObject *mapping, const char *function, const char *argument);

/* Checks the names of a call's keywords from FIRST on. Returns 0, or -1 with a ValueError. */
int metadata_check(PyObject *kwnames, const char *function);

static inline int metadata_is_on(const __itt_domain *domain)
{
    return __atomic_load_n(&domain->flags, __ATOMIC_RELAXED) &&
           (__itt_metadata_add_ptr || __itt_metadata_str_add_ptr);
}

/* Adds to what ID names, or with __itt_null to the current task; DICT may be NULL. A value that cannot be shown is replaced by text
 * that says so; nothing is converted where nobody listens. They return 0, or -1 with an exception that is to end
 * the program, such as KeyboardInterrupt. */
int metadata_add(struct state *state, const __itt_domain *domain, __itt_id id, PyObject *key,
                 PyObject *value);
int metadata_add_dict(struct state *state, const __itt_domain *domain, __itt_id id, PyObject *dict);

/* All of a call's keywords but those in KNOWN, which ends with NULL and may be NULL: what vectorcall gives, VALUES
 * being its arguments behind the positional ones. */
int metadata_add_keywords(struct state *state, const __itt_domain *domain, __itt_id id,
                          PyObject *const *values, PyObject *kwnames, const char *const *known);

/* The function of the module. */
PyObject *metadata_call(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);

#endif
