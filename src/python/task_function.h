/* A labelled function: called as the function itself, at the cost of a look at a flag. */
#ifndef ITT_PYTHON_TASK_FUNCTION_H
#define ITT_PYTHON_TASK_FUNCTION_H

#include "label.h"

/* Two types, as Python's fast way to call methods is a property of a type: the first binds whatever is called in the
 * way that it binds, the second is for functions. */
extern PyType_Spec task_callable_spec;
extern PyType_Spec task_function_spec;

/* FUNCTION with this label, which has a name and a domain. NULL with an exception. */
PyObject *task_function(struct state *state, const struct label *label, PyObject *function);

#endif
