/* Summaries and heads of recordings as Python objects. All return a new reference, or NULL with an exception set. */
#ifndef ITT_ANALYSIS_OBJECTS_H
#define ITT_ANALYSIS_OBJECTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "summary.h"

/* All that a head says, as a dict. */
PyObject *objects_head(const struct recording_head *head);

/* `dict[key] = value`; takes the reference to value, NULL included. 0, or -1. */
int objects_set(PyObject *dict, const char *key, PyObject *value);

/* A finished summary, as a dict. */
PyObject *objects_summary(struct summary *summary);

#endif
