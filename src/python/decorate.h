/* Functions of all kinds, labelled. */
#ifndef ITT_PYTHON_DECORATE_H
#define ITT_PYTHON_DECORATE_H

#include "label.h"

/* What stands for TARGET and labels it: of the same kind, with its name and signature. A label without a name or domain
 * takes those of TARGET. NULL with an exception, a TypeError if TARGET cannot be called. */
PyObject *decorate(struct state *state, const struct label *label, PyObject *target);

#endif
