/*
 * A collector for the tests of the Python module. A line to each call in the file PROBE_LOG: the function, whether the
 * calling thread holds Python's GIL, and what metadata_add was given. Without PROBE_LOG it does nothing at all and
 * keeps no memory, so that the module's own shows: every name gets the same handle.
 */
#define _GNU_SOURCE
#define INTEL_NO_MACRO_BODY
#include "ittnotify_collector.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static void note(const char *function, const char *value)
{
    const char *path = getenv("PROBE_LOG");
    char line[200];

    if (!path)
        return;
    int (*holds)(void) = (int (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "PyGILState_Check");
    snprintf(line, sizeof line, "%s %s%s\n", function, holds && holds() ? "held" : "free", value);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line, strlen(line)) < 0)
        abort();
    close(file);
}

EXPORT void __itt_api_init(__itt_global *global, __itt_group_id groups)
{
    (void)groups;
    for (__itt_domain *domain = global->domain_list; domain; domain = domain->next)
        domain->flags = 1;
    for (__itt_api_info *entry = global->api_list_ptr; entry->name; entry++) {
        void *function = dlsym(global->lib, entry->name);
        if (function)
            __atomic_store_n(entry->func_ptr, function, __ATOMIC_RELEASE);
    }
}

EXPORT __itt_domain *__itt_domain_create(const char *name)
{
    static __itt_domain domain = {.flags = 1, .nameA = "domain"};

    (void)name;
    note("domain_create", "");
    return &domain;
}

EXPORT __itt_string_handle *__itt_string_handle_create(const char *name)
{
    static __itt_string_handle handle = {.strA = "name"};

    (void)name;
    note("string_handle_create", "");
    return &handle;
}

EXPORT void __itt_task_begin(const __itt_domain *domain, __itt_id id, __itt_id parent,
                             __itt_string_handle *name)
{
    (void)domain, (void)id, (void)parent, (void)name;
    note("task_begin", "");
}

EXPORT void __itt_task_begin_fn(const __itt_domain *domain, __itt_id id, __itt_id parent, void *function)
{
    (void)domain, (void)id, (void)parent, (void)function;
    note("task_begin_fn", "");
}

EXPORT void __itt_task_end(const __itt_domain *domain)
{
    (void)domain;
    note("task_end", "");
}

EXPORT void __itt_task_begin_overlapped(const __itt_domain *domain, __itt_id id, __itt_id parent,
                                        __itt_string_handle *name)
{
    (void)domain, (void)id, (void)parent, (void)name;
    note("task_begin_overlapped", "");
}

EXPORT void __itt_task_end_overlapped(const __itt_domain *domain, __itt_id id)
{
    (void)domain, (void)id;
    note("task_end_overlapped", "");
}

EXPORT void __itt_metadata_add(const __itt_domain *domain, __itt_id id, __itt_string_handle *key,
                               __itt_metadata_type type, size_t count, void *data)
{
    char value[64];

    (void)domain, (void)id, (void)key;
    snprintf(value, sizeof value, " %d %zu %d", (int)type, count, *(int *)data);
    note("metadata_add", value);
}

EXPORT void __itt_metadata_str_add(const __itt_domain *domain, __itt_id id, __itt_string_handle *key,
                                   const char *data, size_t length)
{
    char value[64];

    (void)domain, (void)id, (void)key, (void)data;
    snprintf(value, sizeof value, " %zu", length);
    note("metadata_str_add", value);
}

EXPORT void __itt_pause(void)
{
    note("pause", "");
}

EXPORT void __itt_resume(void)
{
    note("resume", "");
}

EXPORT void __itt_detach(void)
{
    note("detach", "");
}

EXPORT __itt_pt_region __itt_pt_region_create(const char *name)
{
    (void)name;
    note("pt_region_create", "");
    return 0;
}

EXPORT void __itt_mark_pt_region_begin(__itt_pt_region region)
{
    char value[64];

    snprintf(value, sizeof value, " %d", region);
    note("mark_pt_region_begin", value);
}

EXPORT void __itt_mark_pt_region_end(__itt_pt_region region)
{
    char value[64];

    snprintf(value, sizeof value, " %d", region);
    note("mark_pt_region_end", value);
}
