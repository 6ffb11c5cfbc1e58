/* secure [COLLECTOR]: labels a task, and says whether it has more rights than who started it, and whether it has a collector. */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

static int is_collector(struct dl_phdr_info *info, size_t size, void *found)
{
    (void)size;
    if (strstr(info->dlpi_name, "libitt_collector") != NULL)
        *(int *)found = 1;
    return 0;
}

int main(int count, char **arguments)
{
    int collector = 0;
    if (count > 1)
        __itt_init_ittlib(arguments[1], __itt_group_all);
    __itt_domain *domain = __itt_domain_create("secure");
    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("task"));
    __itt_task_end(domain);
    dl_iterate_phdr(is_collector, &collector);
    printf("secure %d, collector %d\n", getauxval(AT_SECURE) != 0, collector);
    return 0;
}
