/*
 * A collector in the style of reference collectors, to compare with: each call takes a lock and prints a line, with the
 * time, the process, the thread and what the call was given, to the file REFERENCE_LOG.
 */
#define _GNU_SOURCE
#define INTEL_NO_MACRO_BODY
#include "ittnotify_collector.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT    __attribute__((visibility("default")))
#define NAMES_MAX 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;
static __itt_domain domains[NAMES_MAX];
static __itt_string_handle names[NAMES_MAX];

static void print(const char *function, const char *domain, const char *name)
{
    struct timespec now;
    pthread_mutex_lock(&lock);
    if (file != NULL) {
        clock_gettime(CLOCK_REALTIME, &now);
        fprintf(file, "%lld.%09ld %d %ld %s(%s, %s)\n", (long long)now.tv_sec, now.tv_nsec, (int)getpid(),
                syscall(SYS_gettid), function, domain, name);
    }
    pthread_mutex_unlock(&lock);
}

EXPORT void __itt_api_init(__itt_global *global, __itt_group_id groups)
{
    const char *path = getenv("REFERENCE_LOG");
    (void)groups;
    if (path != NULL && file == NULL)
        file = fopen(path, "w");
    for (__itt_domain *domain = global->domain_list; domain; domain = domain->next)
        domain->flags = 1;
    for (__itt_api_info *entry = global->api_list_ptr; entry->name; entry++) {
        void *function = dlsym(global->lib, entry->name);
        if (function != NULL)
            __atomic_store_n(entry->func_ptr, function, __ATOMIC_RELEASE);
    }
}

EXPORT __itt_domain *__itt_domain_create(const char *name)
{
    int i = 0;
    pthread_mutex_lock(&lock);
    while (i < NAMES_MAX - 1 && domains[i].nameA != NULL && strcmp(domains[i].nameA, name) != 0)
        i++;
    if (domains[i].nameA == NULL)
        domains[i] = (__itt_domain){.flags = 1, .nameA = strdup(name)};
    pthread_mutex_unlock(&lock);
    return &domains[i];
}

EXPORT __itt_string_handle *__itt_string_handle_create(const char *name)
{
    int i = 0;
    pthread_mutex_lock(&lock);
    while (i < NAMES_MAX - 1 && names[i].strA != NULL && strcmp(names[i].strA, name) != 0)
        i++;
    if (names[i].strA == NULL)
        names[i] = (__itt_string_handle){.strA = strdup(name)};
    pthread_mutex_unlock(&lock);
    return &names[i];
}

EXPORT void __itt_task_begin(const __itt_domain *domain, __itt_id id, __itt_id parent,
                             __itt_string_handle *name)
{
    (void)id, (void)parent;
    print("task_begin", domain->nameA, name->strA);
}

EXPORT void __itt_task_end(const __itt_domain *domain)
{
    print("task_end", domain->nameA, "");
}
