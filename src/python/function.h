/* What can stand for a function as a label: a Python callable, a ctypes function, an address. */
#ifndef ITT_PYTHON_FUNCTION_H
#define ITT_PYTHON_FUNCTION_H

#include "state.h"

/* Checks an argument called "fn". Gives the address that it stands for, or NULL for a Python callable. Returns 0, or
 * -1 with a TypeError or ValueError. */
int function_argument(PyObject *value, const char *function, void **address);

/* The qualified name of a callable and the code object behind it, each a new reference; CODE is NULL where there is
 * none. Callables of every kind have a name: errors of their attributes are passed over, except those that are to
 * end the program, which give -1. */
int function_describe(const struct state *state, PyObject *callable, PyObject **name, PyCodeObject **code);

/* The callable in a partial object, or CALLABLE itself: a new reference, or NULL with an exception. */
PyObject *function_inner(const struct state *state, PyObject *callable);

#endif
