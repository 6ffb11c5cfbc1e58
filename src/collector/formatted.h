/* What printf would say, without what printf may do: it writes nowhere else, and takes no memory. */
#ifndef ITT_COLLECTOR_FORMATTED_H
#define ITT_COLLECTOR_FORMATTED_H

#include <stdarg.h>
#include <stddef.h>

/*
 * At most `size` bytes, which "…" ends where more was cut; no NUL. %n writes nothing, and what does not parse is copied as it is, with
 * all behind it. %m says `error`, by its number.
 */
size_t formatted_put(char *to, size_t size, const char *format, va_list arguments, int error);

#endif
