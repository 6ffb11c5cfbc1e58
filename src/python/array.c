#include "array.h"

#include <string.h>

enum { COPIED_MAX = 65536 }; /* elements */

#if PY_BIG_ENDIAN
#define FOREIGN_ORDER "<"
#else
#define FOREIGN_ORDER ">!"
#endif

/* The letter of a format of one plain element in the machine's order, or 0. */
static char format_letter(const char *format)
{
    if (!format)
        return 'B';
    if (strchr("@=<>!", *format) && *format) {
        if (strchr(FOREIGN_ORDER, *format))
            return 0;
        format++;
    }
    return *format && !format[1] ? *format : 0;
}

/* The type of elements of a letter; *WIDE is set where they are bytes that have to become wider. */
static int element_type(char letter, Py_ssize_t size, __itt_metadata_type *type, int *wide)
{
    *wide = size == 1;
    if (letter && strchr("bhilqn", letter))
        *type = size == 1   ? __itt_metadata_s16
                : size == 2 ? __itt_metadata_s16
                : size == 4 ? __itt_metadata_s32
                            : __itt_metadata_s64;
    else if (letter && strchr("HILQNP", letter))
        *type = size == 2 ? __itt_metadata_u16 : size == 4 ? __itt_metadata_u32 : __itt_metadata_u64;
    else if (letter == '?' && size == 1)
        *type = __itt_metadata_u16;
    else if (letter == 'f' && size == 4)
        *type = __itt_metadata_float;
    else if (letter == 'd' && size == 8)
        *type = __itt_metadata_double;
    else if (letter && strchr("Bcs", letter) && size == 1)
        *type = __itt_metadata_unknown;
    else
        return 0;
    if (*type == __itt_metadata_unknown)
        *wide = 0;
    return size == 1 || size == 2 || size == 4 || size == 8;
}

/* The next element's place, row by row. */
static void place_advance(const Py_buffer *view, Py_ssize_t *place)
{
    for (int i = view->ndim - 1; i >= 0 && ++place[i] == view->shape[i]; i--)
        place[i] = 0;
}

static int array_copy(struct array *array, const Py_buffer *view, int wide)
{
    Py_ssize_t place[PyBUF_MAX_NDIM] = {0};
    size_t size = wide ? 2 : (size_t)view->itemsize;
    if (array->count > COPIED_MAX)
        array->count = COPIED_MAX;
    char *to = PyMem_Malloc(array->count * size + 1);
    if (!to) {
        PyErr_NoMemory();
        return -1;
    }
    array->data = array->copy = to;
    for (size_t i = 0; i < array->count; i++, to += size) {
        const char *from = PyBuffer_GetPointer((Py_buffer *)(uintptr_t)view, place);
        if (wide) {
            int16_t number = array->type == __itt_metadata_s16 ? *(const signed char *)from : *from != 0;
            memcpy(to, &number, sizeof number);
        } else {
            memcpy(to, from, size);
        }
        place_advance(view, place);
    }
    return 1;
}

int array_open(struct array *array, const Py_buffer *view)
{
    int wide;
    memset(array, 0, sizeof *array);
    if (view->itemsize <= 0 || view->ndim > PyBUF_MAX_NDIM ||
        !element_type(format_letter(view->format), view->itemsize, &array->type, &wide))
        return 0;
    array->count = (size_t)view->len / (size_t)view->itemsize;
    array->data = view->buf;
    if (!wide && PyBuffer_IsContiguous(view, 'C'))
        return 1;
    return array_copy(array, view, wide);
}

void array_close(struct array *array)
{
    PyMem_Free(array->copy);
}
