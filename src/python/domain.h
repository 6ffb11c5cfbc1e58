/* Domains: a capsule named "itt.domain" around an __itt_domain, which lives as long as the process. */
#ifndef ITT_PYTHON_DOMAIN_H
#define ITT_PYTHON_DOMAIN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <ittnotify.h>

#define DOMAIN_CAPSULE "itt.domain"

PyObject *domain_create(PyObject *module, PyObject *name);

const __itt_domain *domain_refuse(PyObject *value, const char *function);

/* The domain in a capsule, or NULL with a TypeError that names the argument. */
static inline const __itt_domain *domain_argument(PyObject *value, const char *function)
{
    const __itt_domain *domain = NULL;
    if (PyCapsule_CheckExact(value))
        domain = PyCapsule_GetPointer(value, DOMAIN_CAPSULE);
    return domain ? domain : domain_refuse(value, function);
}

#endif
