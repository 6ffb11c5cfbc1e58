/* A library with a static part of its own, linked to a program that has one, too. */
#include "ittnotify.h"

__attribute__((visibility("default"))) void second(void);

void second(void)
{
    __itt_domain *domain = __itt_domain_create("library");

    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("inner"));
    __itt_task_end(domain);
}
