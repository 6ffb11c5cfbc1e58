/* The tables of a summary as Python lists. */
#ifndef ITT_ANALYSIS_TABLE_H
#define ITT_ANALYSIS_TABLE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "summary.h"
#include <stdbool.h>

/* Puts the tables of a finished summary into a dict. False: an exception is set. */
bool table_set_all(PyObject *dict, struct summary *summary);

#endif
