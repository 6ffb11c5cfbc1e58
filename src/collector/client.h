/* A client's static part as a collector sees it: the layouts that both sides agree on (Linux, LP64). */
#ifndef ITT_COLLECTOR_CLIENT_H
#define ITT_COLLECTOR_CLIENT_H

#define INTEL_NO_MACRO_BODY
#include "ittnotify.h"

#include <pthread.h>
#include <stddef.h>

struct client_entry {
    const char *name; /* NULL ends the list */
    void **function;
    void *init_function;
    void *null_function;
    int groups;
};

/* The start of __itt_global: what clients of every age have. What follows depends on their version. */
struct client_global {
    unsigned char magic[8];
    unsigned long version[3];
    volatile long initialized[2];
    volatile long counter;
    pthread_mutex_t mutex;
    void *library;
    void *error_handler;
    const char **library_path;
    struct client_entry *entries;
    struct client_global *next;
    void *threads;
    __itt_domain *domains;
    __itt_string_handle *strings;
    int state;
};

/* What an __itt_counter points to. */
struct client_counter {
    const char *name;
    void *name_wide;
    const char *domain;
    void *domain_wide;
    int type;
    long index;
    int extra1;
    void *extra2;
    struct client_counter *next;
};

_Static_assert(sizeof(struct client_counter) == 72, "__itt_counter_info");
_Static_assert(sizeof(struct client_entry) == 40, "__itt_api_info");
_Static_assert(offsetof(struct client_global, mutex) == 56, "__itt_global.mutex");
/* pthread_mutex_t has 40 bytes on x86-64, 48 on aarch64. */
#define BEHIND_MUTEX (56 + sizeof(pthread_mutex_t))
_Static_assert(offsetof(struct client_global, entries) == BEHIND_MUTEX + 24, "__itt_global.api_list_ptr");
_Static_assert(offsetof(struct client_global, domains) == BEHIND_MUTEX + 48, "__itt_global.domain_list");
_Static_assert(offsetof(struct client_global, state) == BEHIND_MUTEX + 64, "__itt_global.state");
#undef BEHIND_MUTEX
_Static_assert(sizeof(__itt_domain) == 48 && sizeof(__itt_string_handle) == 40, "objects of the client");

#endif
