/*
 * The ITT interface: label the work of a program for whatever collector listens.
 *
 *     static __itt_domain *domain;
 *     domain = __itt_domain_create("my.program");
 *     __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("load"));
 *     __itt_task_end(domain);
 *
 * Link with libittnotify.a (and -ldl where dlopen is not in libc). A collector is found at the first call through the
 * environment variable INTEL_LIBITTNOTIFY64. Without one, a call costs a load and a compare, and its arguments are
 * not evaluated; a domain argument may be evaluated more than once.
 *
 * INTEL_NO_ITTNOTIFY_API compiles all calls away; INTEL_NO_MACRO_BODY leaves types and prototypes only.
 */
#ifndef ITTNOTIFY_H
#define ITTNOTIFY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__GNUC__)
#error "ittnotify.h needs a compiler that knows GNU attributes and atomic builtins: gcc or clang"
#endif

/* Words that code written for this interface uses. */
#define ITT_OS_WIN           1
#define ITT_OS_LINUX         2
#define ITT_OS_MAC           3
#define ITT_OS_FREEBSD       4
#define ITT_OS_OPENBSD       5
#define ITT_PLATFORM_WIN     1
#define ITT_PLATFORM_POSIX   2
#define ITT_PLATFORM_MAC     3
#define ITT_PLATFORM_FREEBSD 4
#define ITT_PLATFORM_OPENBSD 5
#ifndef ITT_OS
#define ITT_OS ITT_OS_LINUX
#endif
#ifndef ITT_PLATFORM
#define ITT_PLATFORM ITT_PLATFORM_POSIX
#endif
#define ITT_MAJOR 3
#define ITT_MINOR 0
#define ITTAPI_CDECL
#define ITTAPI
#define ITTAPI_CALL
#define LIBITTAPI
#define LIBITTAPI_CALL
#define ITT_INLINE_ATTRIBUTE __attribute__((always_inline, unused))
#define ITT_INLINE           static inline ITT_INLINE_ATTRIBUTE

/* What programs that ask for more warnings than usual need not hear of. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#ifdef __cplusplus
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"
extern "C" {
#endif

/* ---- Types. Their layouts are shared with collectors: never change them. ---- */

#pragma pack(push, 8)

/* Whose work: a library, a module, a program. Calls on a domain whose flags are 0 do nothing. */
typedef struct ___itt_domain {
    volatile int flags;
    const char *nameA;
    void *nameW;
    int extra1;
    void *extra2;
    struct ___itt_domain *next;
} __itt_domain;

/* A name, made once and passed as a pointer. */
typedef struct ___itt_string_handle {
    const char *strA;
    void *strW;
    int extra1;
    void *extra2;
    struct ___itt_string_handle *next;
} __itt_string_handle;

/* An instance of something, told by the program; passed by value. All zero: none. */
typedef struct ___itt_id {
    unsigned long long d1, d2, d3;
} __itt_id;

typedef struct ___itt_clock_info {
    unsigned long long clock_freq;
    unsigned long long clock_base;
} __itt_clock_info;

typedef void(ITTAPI *__itt_get_clock_info_fn)(__itt_clock_info *clock_info, void *data);

/* A clock of the program's own, for the calls that end in _ex. */
typedef struct ___itt_clock_domain {
    __itt_clock_info info;
    __itt_get_clock_info_fn fn;
    void *fn_data;
    int extra1;
    void *extra2;
    struct ___itt_clock_domain *next;
} __itt_clock_domain;

typedef enum ___itt_track_group_type { __itt_track_group_type_normal = 0 } __itt_track_group_type;
typedef enum ___itt_track_type { __itt_track_type_normal = 0, __itt_track_type_queue } __itt_track_type;

typedef struct ___itt_track_group {
    __itt_string_handle *name;
    struct ___itt_track *track;
    __itt_track_group_type tgtype;
    int extra1;
    void *extra2;
    struct ___itt_track_group *next;
} __itt_track_group;

typedef struct ___itt_track {
    __itt_string_handle *name;
    __itt_track_group *group;
    __itt_track_type ttype;
    int extra1;
    void *extra2;
    struct ___itt_track *next;
} __itt_track;

typedef enum {
    __itt_metadata_unknown = 0,
    __itt_metadata_u64,
    __itt_metadata_s64,
    __itt_metadata_u32,
    __itt_metadata_s32,
    __itt_metadata_u16,
    __itt_metadata_s16,
    __itt_metadata_float,
    __itt_metadata_double
} __itt_metadata_type;

typedef struct ___itt_histogram {
    const __itt_domain *domain;
    const char *nameA;
    void *nameW;
    __itt_metadata_type x_type;
    __itt_metadata_type y_type;
    int extra1;
    void *extra2;
    struct ___itt_histogram *next;
} __itt_histogram;

typedef enum {
    __itt_module_type_unknown = 0,
    __itt_module_type_elf,
    __itt_module_type_coff
} __itt_module_type;

typedef enum {
    itt_section_type_unknown = 0,
    itt_section_type_bss,
    itt_section_type_data,
    itt_section_type_text
} __itt_section_type;

typedef struct ___itt_section_info {
    const char *name;
    __itt_section_type type;
    size_t flags; /* __itt_section_exec, _read, _write */
    void *start_addr;
    size_t size;
    size_t file_offset;
} __itt_section_info;

typedef struct ___itt_module_object {
    unsigned int version;
    __itt_id module_id;
    __itt_module_type module_type;
    const char *module_name;
    void *module_buffer;
    size_t module_size;
    __itt_section_info *section_array;
    size_t section_number;
} __itt_module_object;

typedef struct ___itt_counter *__itt_counter;

typedef enum {
    __itt_context_unknown = 0,
    __itt_context_nameA,
    __itt_context_nameW,
    __itt_context_deviceA,
    __itt_context_deviceW,
    __itt_context_unitsA,
    __itt_context_unitsW,
    __itt_context_pci_addrA,
    __itt_context_pci_addrW,
    __itt_context_tid,
    __itt_context_max_val,
    __itt_context_bandwidth_flag,
    __itt_context_latency_flag,
    __itt_context_occupancy_flag,
    __itt_context_on_thread_flag,
    __itt_context_is_abs_val_flag,
    __itt_context_cpu_instructions_flag,
    __itt_context_cpu_cycles_flag
} __itt_context_type;

typedef struct ___itt_context_metadata {
    __itt_context_type type;
    void *value;
} __itt_context_metadata;

typedef struct ___itt_counter_metadata {
    __itt_counter counter;
    __itt_context_type type;
    const char *str_valueA;
    void *str_valueW;
    unsigned long long value;
    int extra1;
    void *extra2;
    struct ___itt_counter_metadata *next;
} __itt_counter_metadata;

#pragma pack(pop)

typedef unsigned long long __itt_timestamp;
typedef unsigned char __itt_pt_region;
typedef int __itt_event;
typedef int __itt_mark_type;
typedef int __itt_state_t;
typedef struct ___itt_caller *__itt_caller;
typedef struct __itt_frame_t *__itt_frame;
typedef void *__itt_heap_function;
typedef void *__itt_model_site;
typedef void *__itt_model_site_instance;
typedef void *__itt_model_task;
typedef void *__itt_model_task_instance;

typedef enum { __itt_model_disable_observation, __itt_model_disable_collection } __itt_model_disable;

typedef enum {
    __itt_collection_scope_host = 1,
    __itt_collection_scope_offload = 2,
    __itt_collection_scope_all = 0x7FFFFFFF
} __itt_collection_scope;

typedef enum {
    __itt_collection_uninitialized = 0,
    __itt_collection_init_fail = 1,
    __itt_collection_collector_absent = 2,
    __itt_collection_collector_exists = 3,
    __itt_collection_init_successful = 4
} __itt_collection_state;

typedef enum __itt_suppress_mode {
    __itt_unsuppress_range = 0,
    __itt_suppress_range = 1
} __itt_suppress_mode_t;

typedef enum {
    __itt_scope_unknown = 0,
    __itt_scope_global,
    __itt_scope_track_group,
    __itt_scope_track,
    __itt_scope_task,
    __itt_scope_marker
} __itt_scope;

typedef enum {
    __itt_relation_is_unknown = 0,
    __itt_relation_is_dependent_on,
    __itt_relation_is_sibling_of,
    __itt_relation_is_parent_of,
    __itt_relation_is_continuation_of,
    __itt_relation_is_child_of,
    __itt_relation_is_continued_by,
    __itt_relation_is_predecessor_to
} __itt_relation;

/* Element types of __itt_av_save. */
typedef enum {
    __itt_e_first = 0,
    __itt_e_char = 0,
    __itt_e_uchar,
    __itt_e_int16,
    __itt_e_uint16,
    __itt_e_int32,
    __itt_e_uint32,
    __itt_e_int64,
    __itt_e_uint64,
    __itt_e_float,
    __itt_e_double,
    __itt_e_last = __itt_e_double
} __itt_av_data_type;

typedef enum __itt_obj_state {
    __itt_obj_state_err = 0,
    __itt_obj_state_clr = 1,
    __itt_obj_state_set = 2,
    __itt_obj_state_use = 3
} __itt_obj_state_t;

typedef enum __itt_thr_state {
    __itt_thr_state_err = 0,
    __itt_thr_state_clr = 1,
    __itt_thr_state_set = 2
} __itt_thr_state_t;

typedef enum __itt_obj_prop {
    __itt_obj_prop_watch = 1,
    __itt_obj_prop_ignore = 2,
    __itt_obj_prop_sharable = 3
} __itt_obj_prop_t;

typedef enum __itt_thr_prop { __itt_thr_prop_quiet = 1 } __itt_thr_prop_t;

/* What the error handler is told, and the arguments that follow. */
typedef enum __itt_error_code {
    __itt_error_success = 0,
    __itt_error_no_module = 1,     /* const char *path, const char *reason */
    __itt_error_no_symbol = 2,     /* const char *path, const char *symbol */
    __itt_error_unknown_group = 3, /* const char *variable, const char *group */
    __itt_error_cant_read_env = 4, /* const char *variable */
    __itt_error_env_too_long = 5,  /* const char *variable, size_t length, size_t limit */
    __itt_error_system = 6         /* int errno, const char *call */
} __itt_error_code;

typedef void(__itt_error_handler_t)(__itt_error_code code, va_list arguments);

typedef enum ___itt_group_id {
    __itt_group_none = 0,
    __itt_group_legacy = 1 << 0,
    __itt_group_control = 1 << 1,
    __itt_group_thread = 1 << 2,
    __itt_group_mark = 1 << 3,
    __itt_group_sync = 1 << 4,
    __itt_group_fsync = 1 << 5,
    __itt_group_jit = 1 << 6,
    __itt_group_model = 1 << 7,
    __itt_group_counter = 1 << 8,
    __itt_group_frame = 1 << 9,
    __itt_group_stitch = 1 << 10,
    __itt_group_heap = 1 << 11,
    __itt_group_structure = 1 << 12,
    __itt_group_suppress = 1 << 13,
    __itt_group_arrays = 1 << 14,
    __itt_group_module = 1 << 15,
    __itt_group_all = -1
} __itt_group_id;

/* ---- Constants ---- */

#define __itt_timestamp_none            ((__itt_timestamp) - 1)
#define __itt_attr_barrier              1
#define __itt_attr_mutex                2
#define __itt_suppress_all_errors       0x7fffffff
#define __itt_suppress_threading_errors 0x000000ff
#define __itt_suppress_memory_errors    0x0000ff00
#define __itt_heap_leaks                0x00000001
#define __itt_heap_growth               0x00000002
#define __itt_section_exec              0x20000000
#define __itt_section_read              0x40000000
#define __itt_section_write             0x80000000
#define __itt_marker_scope_unknown      __itt_scope_unknown
#define __itt_marker_scope_global       __itt_scope_global
#define __itt_marker_scope_process      __itt_scope_track_group
#define __itt_marker_scope_thread       __itt_scope_track
#define __itt_marker_scope_task         __itt_scope_task
#define __itt_context_name              __itt_context_nameA
#define __itt_context_device            __itt_context_deviceA
#define __itt_context_units             __itt_context_unitsA
#define __itt_context_pci_addr          __itt_context_pci_addrA

static const __itt_id __itt_null __attribute__((unused)) = {0, 0, 0};

ITT_INLINE __itt_id __itt_id_make_ex(void *addr, unsigned long long extra, unsigned long long reserved)
{
    __itt_id id = {0, 0, 0};

    id.d1 = (unsigned long long)(uintptr_t)addr;
    id.d2 = extra;
    id.d3 = reserved;
    return id;
}

ITT_INLINE __itt_id __itt_id_make(void *addr, unsigned long long extra)
{
    return __itt_id_make_ex(addr, extra, 0);
}

/* ---- Functions of the static part itself ---- */

/* Marks the code between begin and end for processor trace; region comes from __itt_pt_region_create. */
void __itt_mark_pt_region_begin(__itt_pt_region region);
void __itt_mark_pt_region_end(__itt_pt_region region);

/* The handler is called where a collector could not be loaded or bound. Returns the one before, or NULL. */
__itt_error_handler_t *__itt_set_error_handler(__itt_error_handler_t *handler);

/* Loads the collector if that has not been tried yet, and says how it went. */
__itt_collection_state __itt_get_collection_state(void);

/*
 * Loads a collector now: the library at path, or the environment's where path is NULL. Returns 1 if a function of the
 * groups is bound afterwards, else 0. Only one collector is ever loaded; a failed load may be tried again.
 */
int __itt_init_ittlib(const char *path, __itt_group_id groups);

/* Tells the collector that this static part is done, and unbinds all functions. No other thread may be in a call. */
void __itt_fini_ittlib(void);

/* Frees the names that the static part made. No ITT object may be used afterwards; for the end of a plugin. */
void __itt_release_resources(void);

/* ---- Calls ---- */

#if defined(INTEL_NO_ITTNOTIFY_API)

#define ITT_VOID(name, parameters, arguments, groups, symbol)                                                \
    ITT_INLINE void __itt_none_##name(void)                                                                  \
    {                                                                                                        \
    }
#define ITT_VA(name, parameters, groups, symbol) ITT_VOID(name, parameters, (), groups, symbol)
#define ITT_DATA(name, type, parameters, arguments, groups, symbol)                                          \
    ITT_INLINE type __itt_none_##name(void)                                                                  \
    {                                                                                                        \
        return (type)0;                                                                                      \
    }
ITT_VOID(static, , , , )
ITT_DATA(set_error_handler, __itt_error_handler_t *, , , , )
ITT_DATA(get_collection_state, __itt_collection_state, , , , )
ITT_DATA(init_ittlib, int, , , , )
#include "ittnotify_functions.h"

#define ITT_POINTER(name)                    0
#define ITT_CALL(name, arguments)            __itt_none_##name()
#define ITT_CALL_ON(domain, name, arguments) __itt_none_##name()
#include "ittnotify_calls.h"

#define __itt_mark_pt_region_begin(...) __itt_none_static()
#define __itt_mark_pt_region_end(...)   __itt_none_static()
#define __itt_set_error_handler(...)    __itt_none_set_error_handler()
#define __itt_get_collection_state()    __itt_none_get_collection_state()
#define __itt_init_ittlib(...)          __itt_none_init_ittlib()
#define __itt_fini_ittlib()             __itt_none_static()
#define __itt_release_resources()       __itt_none_static()

#else

/* Prototypes: for collectors, which define these functions. A program's calls are the macros below. */
#define ITT_VOID(name, parameters, arguments, groups, symbol)       void ITTAPI __itt_##name parameters;
#define ITT_DATA(name, type, parameters, arguments, groups, symbol) type ITTAPI __itt_##name parameters;
#define ITT_VA(name, parameters, groups, symbol)                    void ITTAPI __itt_##name parameters;
#include "ittnotify_functions.h"

#if !defined(INTEL_NO_MACRO_BODY)

/*
 * A call reads the pointer twice, once to decide whether to evaluate the arguments and once to call. In between,
 * another thread's first call may set it to NULL: then it calls a function that does nothing.
 */
#define ITT_BOUND(name, type, parameters)                                                                    \
    extern type(ITTAPI *__itt_##name##_ptr__3_0) parameters;                                                 \
    typedef type(ITTAPI *__itt_##name##_t) parameters;                                                       \
    ITT_INLINE __itt_##name##_t __itt_bound_##name(void)                                                     \
    {                                                                                                        \
        const __itt_##name##_t bound = __atomic_load_n(&__itt_##name##_ptr__3_0, __ATOMIC_ACQUIRE);          \
        return bound ? bound : __itt_skip_##name;                                                            \
    }
#define ITT_VA(name, parameters, groups, symbol)                                                             \
    __attribute__((unused)) static inline void ITTAPI __itt_skip_##name parameters                           \
    {                                                                                                        \
    }                                                                                                        \
    ITT_INLINE void __itt_none_##name(void)                                                                  \
    {                                                                                                        \
    }                                                                                                        \
    ITT_BOUND(name, void, parameters)
#define ITT_VOID(name, parameters, arguments, groups, symbol) ITT_VA(name, parameters, groups, symbol)
#define ITT_DATA(name, type, parameters, arguments, groups, symbol)                                          \
    __attribute__((unused)) static inline type ITTAPI __itt_skip_##name parameters                           \
    {                                                                                                        \
        return (type)0;                                                                                      \
    }                                                                                                        \
    ITT_INLINE type __itt_none_##name(void)                                                                  \
    {                                                                                                        \
        return (type)0;                                                                                      \
    }                                                                                                        \
    ITT_BOUND(name, type, parameters)
#include "ittnotify_functions.h"

ITT_INLINE int __itt_domain_on(const __itt_domain *domain)
{
    return domain != NULL && __atomic_load_n(&domain->flags, __ATOMIC_RELAXED) != 0;
}

/* Off is the case that is laid out without a jump, and asks nothing but the pointer. */
#define ITT_POINTER(name)  __itt_##name##_ptr__3_0
#define ITT_IS_BOUND(name) __builtin_expect(!!__atomic_load_n(&__itt_##name##_ptr__3_0, __ATOMIC_RELAXED), 0)
#define ITT_CALL(name, arguments) (ITT_IS_BOUND(name) ? __itt_bound_##name() arguments : __itt_none_##name())
#define ITT_CALL_ON(domain, name, arguments)                                                                 \
    (ITT_IS_BOUND(name) && __itt_domain_on(domain) ? __itt_bound_##name() arguments : __itt_none_##name())
#undef ITT_BOUND
#include "ittnotify_calls.h"

#endif
#endif

#ifdef __cplusplus
}
#endif
#pragma GCC diagnostic pop

#endif
