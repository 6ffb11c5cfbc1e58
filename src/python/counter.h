/* Counters: a value over time. */
#ifndef ITT_PYTHON_COUNTER_H
#define ITT_PYTHON_COUNTER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyType_Spec counter_spec;

#endif
