/*
 * Names: the texts of tasks and domains, each once, with a number. Lock-free and never freed, so a lookup is right in
 * a signal handler, in a forked child, and while other threads add. Bounded: ITT_NAME_LIMIT names.
 */
#ifndef ITT_COLLECTOR_NAME_H
#define ITT_COLLECTOR_NAME_H

#include "client.h"
#include "format.h"
#include <stdbool.h>

/* The numbers in traces are iids: from 1 to ITT_NAME_LIMIT; 0 is none. */
#define NAME_MORE_DOMAINS ITT_NAME_LIMIT /* stands for every domain made after the limit */

struct text {
    const char *bytes;
    size_t length;
};

struct name {
    uint32_t iid;
    uint32_t length;
    __itt_domain domain;        /* what domain_create returns */
    __itt_string_handle handle; /* what string_handle_create returns */
    char text[];                /* valid UTF-8, ends with NUL */
};

/* Sets up the table; once, before anything else here. False: no memory. */
bool name_init(void);

/* Finds or makes the name of this text; NULL for a text beyond the limit. A NULL text is "(unnamed)". */
const struct name *name_intern(const char *text);

/* The iid of a client's object, found by its text where it is not ours; 0 for a name beyond the limit. */
uint32_t name_of_handle(__itt_string_handle *handle);
uint32_t name_of_domain(const __itt_domain *domain);

/* The text of an iid. */
struct text name_text(uint32_t iid);

/* How many iids were given. */
uint32_t name_count(void);

/* Copies at most size bytes of text as valid UTF-8 ("…" ends what was cut); returns their count, adds no NUL. */
size_t name_clean(char *to, size_t size, const char *text);

/* The same of a text with a length, in which NULs count as broken; where it fits, `size` is no more than 3 for each byte and 3. */
size_t name_clean_text(char *to, size_t size, struct text text);

__itt_domain *name_make_domain(const char *text);
__itt_string_handle *name_make_handle(const char *text);

#endif
