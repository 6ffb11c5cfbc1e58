/* Buffers as arrays of the numbers that ITT knows. */
#ifndef ITT_PYTHON_ARRAY_H
#define ITT_PYTHON_ARRAY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <ittnotify.h>

struct array {
    __itt_metadata_type type; /* unknown: bytes */
    size_t count;
    void *data;
    void *copy; /* what is freed */
};

/* The elements of a buffer, row by row, of several dimensions as of one; lent by VIEW, or a copy of the first ones,
 * where they do not lie together or ITT has no type of their size. Returns whether it could, or -1 with an exception. */
int array_open(struct array *array, const Py_buffer *view);
void array_close(struct array *array);

#endif
