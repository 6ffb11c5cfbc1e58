/* Finds the collector, loads it, and binds the functions to it. */
#include "groups.h"
#include "lock.h"
#include "objects.h"
#include "part.h"
#include "platform.h"
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

/* Longest path of a collector, as elsewhere on the system. */
#define PATH_LIMIT 4095u

static bool loading; /* a thread is at it; under the lock */

static void report(__itt_error_code code, ...)
{
    __itt_error_handler_t *handler =
        (__itt_error_handler_t *)(uintptr_t)__atomic_load_n(&itt_part.error_handler, __ATOMIC_ACQUIRE);
    va_list arguments;

    if (!handler)
        return;
    va_start(arguments, code);
    handler(code, arguments);
    va_end(arguments);
}

static void unknown_group(const char *name)
{
    report(__itt_error_unknown_group, ITT_GROUPS_VARIABLE, name);
}

static void state_set(__itt_collection_state state)
{
    __atomic_store_n(&itt_part.state, state, __ATOMIC_RELEASE);
}

static void unbind_all(void)
{
    for (__itt_api_info *entry = itt_part.api_list_ptr; entry->name; entry++)
        __atomic_store_n(entry->func_ptr, itt_part_unbound(entry), __ATOMIC_RELEASE);
    itt_part_domains_switch(0);
}

/* A function that the collector left alone must not come here again at each call. */
static void stubs_remove(void)
{
    for (__itt_api_info *entry = itt_part.api_list_ptr; entry->name; entry++) {
        void *found = entry->init_func;

        __atomic_compare_exchange_n(entry->func_ptr, &found, entry->null_func, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE);
    }
}

/* Binds by symbol. Returns the number of functions found. */
static unsigned symbols_bind(const char *path, int groups)
{
    unsigned bound = 0;

    for (__itt_api_info *entry = itt_part.api_list_ptr; entry->name; entry++) {
        void *function = NULL;

        if (entry->group & groups) {
            function = itt_part_symbol(itt_part.lib, entry->name);
            if (!function)
                report(__itt_error_no_symbol, path, entry->name);
        }
        bound += function != NULL;
        __atomic_store_n(entry->func_ptr, function ? function : entry->null_func, __ATOMIC_RELEASE);
    }
    return bound;
}

/* Lets the loaded library have the functions. False: it has none. */
static bool collector_bind(const char *path, __itt_group_id wanted)
{
    __itt_api_init_t *init = (__itt_api_init_t *)(uintptr_t)itt_part_symbol(itt_part.lib, "__itt_api_init");
    int groups = __itt_group_legacy;

    itt_part_domains_switch(1);
    if (init) {
        init(&itt_part, wanted);
        stubs_remove();
        return true;
    }
    if (itt_part_symbol(itt_part.lib, "__itt_api_version"))
        groups = (int)itt_part_groups(itt_part_environment(ITT_GROUPS_VARIABLE), unknown_group);
    return symbols_bind(path, groups & (int)wanted) > 0;
}

static __itt_collection_state collector_load(const char *path, __itt_group_id wanted)
{
    const char *reason = NULL;
    const char *disable = itt_part_environment(ITT_DISABLE_VARIABLE);

    if (disable && strcmp(disable, "0") != 0)
        return __itt_collection_collector_absent;
    if (!path)
        path = itt_part_environment(ITT_COLLECTOR_VARIABLE);
    if (!path)
        return __itt_collection_collector_absent;
    if (strlen(path) > PATH_LIMIT) {
        report(__itt_error_env_too_long, ITT_COLLECTOR_VARIABLE, strlen(path), (size_t)PATH_LIMIT);
        return __itt_collection_init_fail;
    }
    itt_part.lib = itt_part_open(path, &reason);
    if (!itt_part.lib) {
        report(__itt_error_no_module, path, reason);
        return __itt_collection_init_fail;
    }
    state_set(__itt_collection_collector_exists);
    return collector_bind(path, wanted) ? __itt_collection_init_successful : __itt_collection_init_fail;
}

/* Under the lock. A cancelled thread would leave the lock taken, so that waits; errno is the program's. */
static void load(const char *path, __itt_group_id wanted)
{
    const int error = errno;
    int cancel;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    itt_part_lock_forks();
    loading = true;
    itt_part_makers_install();
    state_set(collector_load(path, wanted));
    if (itt_part.state != __itt_collection_init_successful)
        unbind_all();
    pthread_setcancelstate(cancel, &cancel);
    loading = false;
    __atomic_store_n(&itt_part.api_initialized, 1, __ATOMIC_RELEASE);
    errno = error;
}

void itt_part_load(void)
{
    if (__atomic_load_n(&itt_part.api_initialized, __ATOMIC_ACQUIRE) || !itt_part_lock())
        return;
    if (!itt_part.api_initialized && !loading)
        load(NULL, __itt_group_all);
    itt_part_unlock();
}

void itt_part_abandon(void)
{
    if (!loading)
        return;
    loading = false;
    state_set(__itt_collection_init_fail);
    unbind_all();
    __atomic_store_n(&itt_part.api_initialized, 1, __ATOMIC_RELEASE);
}

ITT_EXPORT int __itt_init_ittlib(const char *path, __itt_group_id groups)
{
    int bound = 0;

    if (!itt_part_lock())
        return 0;
    if (!loading && itt_part.state != __itt_collection_init_successful && (path || !itt_part.api_initialized))
        load(path, groups);
    for (const __itt_api_info *entry = itt_part.api_list_ptr; entry->name && !bound; entry++)
        bound = *entry->func_ptr != entry->init_func && *entry->func_ptr != entry->null_func &&
                *entry->func_ptr && (entry->group & groups) != 0;
    itt_part_unlock();
    return bound;
}

ITT_EXPORT void __itt_fini_ittlib(void)
{
    __itt_api_fini_t *fini = NULL;

    if (!itt_part_lock())
        return;
    if (itt_part.state == __itt_collection_init_successful) {
        fini = (__itt_api_fini_t *)(uintptr_t)itt_part_symbol(itt_part.lib, "__itt_api_fini");
        state_set(__itt_collection_collector_absent);
        if (fini)
            fini(&itt_part);
        unbind_all();
        itt_part.lib = NULL; /* stays loaded: a thread may be inside */
    }
    itt_part_unlock();
}

ITT_EXPORT void __itt_release_resources(void)
{
    if (!itt_part_lock())
        return;
    __itt_fini_ittlib();
    if (!loading)
        itt_part_objects_free();
    itt_part_unlock();
}

ITT_EXPORT __itt_collection_state __itt_get_collection_state(void)
{
    itt_part_load();
    return __atomic_load_n(&itt_part.state, __ATOMIC_ACQUIRE);
}

ITT_EXPORT __itt_error_handler_t *__itt_set_error_handler(__itt_error_handler_t *handler)
{
    void *const before =
        __atomic_exchange_n(&itt_part.error_handler, (void *)(uintptr_t)handler, __ATOMIC_ACQ_REL);

    return (__itt_error_handler_t *)(uintptr_t)before;
}
