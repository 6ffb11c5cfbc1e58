/*
 * What a static part and a collector share beside ittnotify.h. A collector exports
 *
 *     void __itt_api_init(__itt_global *global, __itt_group_id groups);
 *     void __itt_api_fini(__itt_global *global);                          (optional)
 *     const char *__itt_api_version(void);
 *
 * and in __itt_api_init sets *api_list_ptr[i].func_ptr for the functions it has, found by name. It is called once for
 * each static part of the process. Older static parts end before histogram_list or counter_metadata_list: they have
 * these if their list has __itt_histogram_create or __itt_bind_context_metadata_to_counter.
 */
#ifndef ITTNOTIFY_COLLECTOR_H
#define ITTNOTIFY_COLLECTOR_H

#include "ittnotify.h"
#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* __itt_global.magic */
#define ITT_MAGIC_BYTES {0xED, 0xAB, 0xAB, 0xEC, 0x0D, 0xEE, 0xDA, 0x30}

#pragma pack(push, 8)

typedef struct ___itt_api_info {
    const char *name; /* NULL: end of the list */
    void **func_ptr;  /* the pointer that the program calls through */
    void *init_func;  /* its value before the first call */
    void *null_func;  /* its value where no collector implements the function; often NULL */
    __itt_group_id group;
} __itt_api_info;

typedef struct ___itt_thread_info {
    const char *nameA;
    void *nameW;
    pthread_t tid;
    int state;
    int extra1;
    void *extra2;
    struct ___itt_thread_info *next;
} __itt_thread_info;

/* What an __itt_counter points to, if the static part made it. */
typedef struct ___itt_counter_info {
    const char *nameA;
    void *nameW;
    const char *domainA;
    void *domainW;
    int type;
    long index;
    int extra1;
    void *extra2;
    struct ___itt_counter_info *next;
} __itt_counter_info_t;

/* A static part. Lists hold what it made by itself, newest last; they change under the mutex. */
typedef struct ___itt_global {
    unsigned char magic[8];
    unsigned long version_major;
    unsigned long version_minor;
    unsigned long version_build;
    volatile long api_initialized;
    volatile long mutex_initialized;
    volatile long atomic_counter;
    pthread_mutex_t mutex; /* recursive */
    void *lib;
    void *error_handler;
    const char **dll_path_ptr;
    __itt_api_info *api_list_ptr;
    struct ___itt_global *next;
    __itt_thread_info *thread_list;
    __itt_domain *domain_list;
    __itt_string_handle *string_list;
    __itt_collection_state state;
    __itt_counter_info_t *counter_list;
    unsigned int ipt_collect_events;
    __itt_histogram *histogram_list;
    __itt_counter_metadata *counter_metadata_list;
} __itt_global;

#pragma pack(pop)

typedef void(ITTAPI __itt_api_init_t)(__itt_global *global, __itt_group_id groups);
typedef void(ITTAPI __itt_api_fini_t)(__itt_global *global);

#ifdef __cplusplus
}
#endif

#endif
