/* What `await` gets from an `async with`: a value that is there already. */
#ifndef ITT_PYTHON_READY_H
#define ITT_PYTHON_READY_H

#include "state.h"

extern PyType_Spec ready_spec;

/* An awaitable of VALUE. NULL with an exception. */
PyObject *ready_object(struct state *state, PyObject *value);

#endif
