#include "domain.h"

#include "text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { DUMMIES_MAX = 256 };

/* A static part without a collector may make no domain at all. Callers get one all the same, always off: one a
 * name, and for a program with very many names one for all the rest. */
static _Atomic(__itt_domain *) dummies;
static __itt_domain dummy_rest;

static __itt_domain *dummy_find(__itt_domain *first, const char *name, int *count)
{
    *count = 0;
    for (__itt_domain *domain = first; domain; domain = domain->next, ++*count)
        if (strcmp(domain->nameA, name) == 0)
            return domain;
    return NULL;
}

static __itt_domain *dummy_get(const char *name)
{
    int count;
    __itt_domain *first = atomic_load_explicit(&dummies, memory_order_acquire);
    __itt_domain *found = dummy_find(first, name, &count);
    if (found)
        return found;
    size_t size = strlen(name) + 1;
    char *memory = count < DUMMIES_MAX ? calloc(1, sizeof(__itt_domain) + size) : NULL;
    if (!memory)
        return &dummy_rest;
    __itt_domain *domain = (__itt_domain *)(void *)memory;
    domain->nameA = memcpy(memory + sizeof(__itt_domain), name, size);
    domain->next = first;
    while (!atomic_compare_exchange_weak_explicit(&dummies, &first, domain, memory_order_release,
                                                  memory_order_acquire)) {
        found = dummy_find(first, name, &count); /* another thread was faster */
        if (found) {
            free(memory);
            return found;
        }
        domain->next = first;
    }
    return domain;
}

PyObject *domain_create(PyObject *module, PyObject *name)
{
    (void)module;
    struct text text;
    if (text_argument(&text, name, "domain_create", "name") < 0)
        return NULL;
    __itt_domain *domain;
    Py_BEGIN_ALLOW_THREADS;
    domain = __itt_domain_create(text.bytes);
    if (!domain)
        domain = dummy_get(text.bytes);
    Py_END_ALLOW_THREADS;
    text_close(&text);
    return PyCapsule_New(domain, DOMAIN_CAPSULE, NULL);
}

const __itt_domain *domain_refuse(PyObject *value, const char *function)
{
    const char *wanted = "a domain made by domain_create()";
    if (!PyCapsule_CheckExact(value)) {
        PyErr_Format(PyExc_TypeError, "%s() argument 'domain' must be %s, not %.200s", function, wanted,
                     Py_TYPE(value)->tp_name);
        return NULL;
    }
    PyErr_Clear();
    const char *name = PyCapsule_GetName(value);
    PyErr_Format(PyExc_TypeError, "%s() argument 'domain' must be %s, not a capsule named '%.200s'", function,
                 wanted, name ? name : "");
    return NULL;
}
