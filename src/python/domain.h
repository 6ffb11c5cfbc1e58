/* Domains: a capsule named "itt.domain" around an __itt_domain, which lives as long as the process. */
#ifndef ITT_PYTHON_DOMAIN_H
#define ITT_PYTHON_DOMAIN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <ittnotify.h>

#define DOMAIN_CAPSULE "itt.domain"

PyObject *domain_create(PyObject *module, PyObject *name);

/* The domain in a capsule, or NULL with a TypeError that names the argument. */
const __itt_domain *domain_argument(PyObject *value, const char *function);

#endif
