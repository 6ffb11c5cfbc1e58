/* Domains: a Domain, or a capsule named "itt.domain", around an __itt_domain, which lives as long as the process. */
#ifndef ITT_PYTHON_DOMAIN_H
#define ITT_PYTHON_DOMAIN_H

#include "state.h"

#include <ittnotify.h>

#define DOMAIN_CAPSULE "itt.domain"

/* An itt.Domain. Without a base class to inherit from, its dealloc tells its type, in every interpreter. */
struct domain {
    PyObject_HEAD __itt_domain *domain;
    PyObject *name;
};

extern PyType_Spec domain_spec;
void domain_dealloc(PyObject *self);

PyObject *domain_create(PyObject *module, PyObject *name);

/* A new Domain for DOMAIN; NULL with an exception. */
PyObject *domain_object(struct state *state, const __itt_domain *domain);

/* What names_new() wants to know: the domain called so; it is never NULL. Releases the GIL. */
void *domain_make(const char *name);
/* The domain of a module called so; DOMAIN_OF_SCRIPT for those that stand for what was started. */
void *domain_make_package(const char *module);
void *domain_make_script(const char *file);

const __itt_domain *domain_refuse(PyObject *value, const char *function, const char *wanted);

static inline const __itt_domain *domain_look(PyObject *value)
{
    if (PyCapsule_CheckExact(value))
        return PyCapsule_GetPointer(value, DOMAIN_CAPSULE);
    return Py_TYPE(value)->tp_dealloc == domain_dealloc ? ((struct domain *)value)->domain : NULL;
}

/* The domain that an argument is, or NULL with a TypeError that names the argument. */
static inline const __itt_domain *domain_argument(PyObject *value, const char *function)
{
    const __itt_domain *domain = domain_look(value);
    return domain ? domain : domain_refuse(value, function, "a domain made by domain_create() or Domain()");
}

/* The same for functions that know a default: VALUE may also be a name, or None or NULL for the caller's own domain.
 * NULL with an exception. */
const __itt_domain *domain_argument_any(struct state *state, PyObject *value, const char *function);

/* The domain of the Python code that runs: its module's top-level package; for what was started as a program, the
 * script's file name without folder and suffix. NULL with an exception only without memory. */
const __itt_domain *domain_of_caller(struct state *state);
/* The same of the module that has these globals, and of the imported module called NAME, a str. */
const __itt_domain *domain_of_globals(struct state *state, PyObject *globals);
const __itt_domain *domain_of_module(struct state *state, PyObject *name);

/* Lets go of what was found out about scripts. */
void domain_forget(struct state *state);

/* Whether anybody listens to the labels of DOMAIN. */
static inline int domain_is_on(const __itt_domain *domain)
{
    return __atomic_load_n(&domain->flags, __ATOMIC_RELAXED) != 0;
}

#endif
