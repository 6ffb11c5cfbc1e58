/* A program with a static part loads a library with another. static_two LIBRARY */
#include "ittnotify.h"
#include <dlfcn.h>

int main(int argc, char **argv)
{
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    void (*second)(void) = library ? (void (*)(void))(uintptr_t)dlsym(library, "second") : NULL;
    __itt_domain *domain = __itt_domain_create("program");

    if (!second)
        return 1;
    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("outer"));
    second();
    __itt_task_end(domain);
    return 0;
}
