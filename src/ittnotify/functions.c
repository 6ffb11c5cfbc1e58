/* The pointers that programs call through, and what they point to until the first call. */
#include "part.h"
#include <stdint.h>

#define ITT_VOID(name, parameters, arguments, groups, symbol)                                                \
    static void name##_stub parameters;                                                                      \
    ITT_EXPORT void(ITTAPI * __itt_##name##_ptr__3_0) parameters = name##_stub;                              \
    static void name##_stub parameters                                                                       \
    {                                                                                                        \
        void(ITTAPI * bound) parameters;                                                                     \
        itt_part_load();                                                                                     \
        bound = __atomic_load_n(&__itt_##name##_ptr__3_0, __ATOMIC_ACQUIRE);                                 \
        if (bound && bound != name##_stub)                                                                   \
            bound arguments;                                                                                 \
    }
#define ITT_DATA(name, type, parameters, arguments, groups, symbol)                                          \
    static type name##_stub parameters;                                                                      \
    ITT_EXPORT type(ITTAPI *__itt_##name##_ptr__3_0) parameters = name##_stub;                               \
    static type name##_stub parameters                                                                       \
    {                                                                                                        \
        type(ITTAPI * bound) parameters;                                                                     \
        itt_part_load();                                                                                     \
        bound = __atomic_load_n(&__itt_##name##_ptr__3_0, __ATOMIC_ACQUIRE);                                 \
        return bound && bound != name##_stub ? bound arguments : (type)0;                                    \
    }
/* Variable arguments cannot be passed on; but a domain that is on exists only where the collector is loaded. */
#define ITT_VA(name, parameters, groups, symbol)                                                             \
    static void name##_stub parameters;                                                                      \
    ITT_EXPORT void(ITTAPI * __itt_##name##_ptr__3_0) parameters = name##_stub;                              \
    static void name##_stub parameters                                                                       \
    {                                                                                                        \
        itt_part_load();                                                                                     \
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "../../include/ittnotify_functions.h"
#pragma GCC diagnostic pop

/* Marks are plain functions of the interface; a collector of ours finds them in the list all the same. */
static void mark_begin_stub(__itt_pt_region region);
static void mark_end_stub(__itt_pt_region region);
static void (*mark_begin)(__itt_pt_region) = mark_begin_stub;
static void (*mark_end)(__itt_pt_region) = mark_end_stub;

static void mark(void (**pointer)(__itt_pt_region), void (*stub)(__itt_pt_region), __itt_pt_region region)
{
    void (*bound)(__itt_pt_region) = __atomic_load_n(pointer, __ATOMIC_ACQUIRE);

    if (bound == stub) {
        itt_part_load();
        bound = __atomic_load_n(pointer, __ATOMIC_ACQUIRE);
    }
    if (bound && bound != stub)
        bound(region);
}

static void mark_begin_stub(__itt_pt_region region)
{
    mark(&mark_begin, mark_begin_stub, region);
}

static void mark_end_stub(__itt_pt_region region)
{
    mark(&mark_end, mark_end_stub, region);
}

ITT_EXPORT void __itt_mark_pt_region_begin(__itt_pt_region region)
{
    mark(&mark_begin, mark_begin_stub, region);
}

ITT_EXPORT void __itt_mark_pt_region_end(__itt_pt_region region)
{
    mark(&mark_end, mark_end_stub, region);
}

#define ENTRY(symbol, pointer, stub, groups)                                                                 \
    {"__itt_" symbol, (void **)(void *)&pointer, (void *)(uintptr_t)stub, NULL, (__itt_group_id)(groups)},
#define ITT_VOID(name, parameters, arguments, groups, symbol)                                                \
    ENTRY(#symbol, __itt_##name##_ptr__3_0, name##_stub, groups)
#define ITT_DATA(name, type, parameters, arguments, groups, symbol)                                          \
    ENTRY(#symbol, __itt_##name##_ptr__3_0, name##_stub, groups)
#define ITT_VA(name, parameters, groups, symbol) ENTRY(#symbol, __itt_##name##_ptr__3_0, name##_stub, groups)

static __itt_api_info api_list[] = {
#include "../../include/ittnotify_functions.h"
    /* No group: old collectors, bound by symbol, could find a static part's function of that name. */
    ENTRY("mark_pt_region_begin", mark_begin, mark_begin_stub, __itt_group_none)
        ENTRY("mark_pt_region_end", mark_end, mark_end_stub, __itt_group_none){NULL, NULL, NULL, NULL,
                                                                               __itt_group_none},
};

__itt_global itt_part = {
    .magic = ITT_MAGIC_BYTES,
    .version_major = ITT_MAJOR,
    .version_minor = ITT_MINOR,
    .version_build = 20250807, /* the interface as of API 3.26 */
    .api_list_ptr = api_list,
};
