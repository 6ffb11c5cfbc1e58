/* What the library exports: the entry points of a collector, and the functions it puts into a client's table. */
#define _GNU_SOURCE
#include "accepted.h"
#include "client.h"
#include "clock.h"
#include "control.h"
#include "counter.h"
#include "distribution.h"
#include "guard.h"
#include "frame.h"
#include "group.h"
#include "join.h"
#include "lane.h"
#include "mark.h"
#include "marker.h"
#include "metadata.h"
#include "name.h"
#include "overlap.h"
#include "process.h"
#include "region.h"
#include "relation.h"
#include "room.h"
#include "segment.h"
#include "span.h"
#include "stamp.h"
#include "stitch.h"
#include "sync.h"
#include "task.h"
#include "thread.h"
#include "track.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT const char *__itt_api_version(void);
EXPORT __itt_timestamp __itt_get_timestamp(void);
EXPORT void __itt_api_init(struct client_global *client, int groups);
EXPORT void __itt_api_fini(struct client_global *client);

const char *__itt_api_version(void)
{
    return "itt";
}

__itt_timestamp __itt_get_timestamp(void)
{
    return clock_system(CLOCK_MONOTONIC);
}

static __itt_domain *api_domain_create(const char *name)
{
    return name_make_domain(name);
}

static __itt_string_handle *api_string_handle_create(const char *name)
{
    __itt_string_handle *handle = name_make_handle(name);
    if (handle->extra1 == 0)
        atomic_fetch_add_explicit(&join_now()->head->names_beyond, 1, memory_order_relaxed);
    return handle;
}

static void api_thread_set_name(const char *name)
{
    struct writer *w = name == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    w->thread_name[name_clean(w->thread_name, sizeof w->thread_name - 1, name)] = '\0';
    if (w->live && room_reserve(w, 512))
        segment_tell_thread(w);
    thread_leave(w);
    guard_leave(guard);
}

static int api_thr_name_set(const char *name, int length)
{
    char text[WRITER_THREAD_NAME] = "";
    size_t n = length < 0 ? 0 : (size_t)length;
    if (name == NULL)
        return -1;
    memcpy(text, name, strnlen(name, n < sizeof text ? n : sizeof text - 1));
    api_thread_set_name(text);
    return 0;
}

static void api_pause_scoped(__itt_collection_scope scope)
{
    if (scope & __itt_collection_scope_host)
        control_pause();
}

static void api_resume_scoped(__itt_collection_scope scope)
{
    if (scope & __itt_collection_scope_host)
        control_resume();
}

static const struct {
    const char *name;
    void (*function)(void);
} functions[] = {
#define FUNCTION(name, function) {name, (void (*)(void))(function)}
    FUNCTION("__itt_api_version", __itt_api_version),
    FUNCTION("__itt_get_timestamp", __itt_get_timestamp),
    FUNCTION("__itt_domain_create", api_domain_create),
    FUNCTION("__itt_string_handle_create", api_string_handle_create),
    FUNCTION("__itt_task_begin", task_begin),
    FUNCTION("__itt_task_begin_fn", task_begin_fn),
    FUNCTION("__itt_task_end", task_end),
    FUNCTION("__itt_task_begin_ex", task_begin_ex),
    FUNCTION("__itt_task_begin_fn_ex", task_begin_fn_ex),
    FUNCTION("__itt_task_end_ex", task_end_ex),
    FUNCTION("__itt_task_begin_overlapped", overlap_begin),
    FUNCTION("__itt_task_begin_overlapped_ex", overlap_begin_ex),
    FUNCTION("__itt_task_end_overlapped", overlap_end),
    FUNCTION("__itt_task_end_overlapped_ex", overlap_end_ex),
    FUNCTION("__itt_region_begin", overlap_begin_region),
    FUNCTION("__itt_region_end", overlap_end_region),
    FUNCTION("__itt_frame_begin_v3", frame_begin),
    FUNCTION("__itt_frame_end_v3", frame_end),
    FUNCTION("__itt_frame_submit_v3", frame_submit),
    FUNCTION("__itt_frame_create", frame_old_create),
    FUNCTION("__itt_frame_begin", frame_old_begin),
    FUNCTION("__itt_frame_end", frame_old_end),
    FUNCTION("__itt_event_create", mark_event_create),
    FUNCTION("__itt_event_start", mark_event_start),
    FUNCTION("__itt_event_end", mark_event_end),
    FUNCTION("__itt_mark_create", mark_create),
    FUNCTION("__itt_mark", mark_on),
    FUNCTION("__itt_mark_off", mark_off),
    FUNCTION("__itt_mark_global", mark_global_on),
    FUNCTION("__itt_mark_global_off", mark_global_off),
    FUNCTION("__itt_clock_domain_create", stamp_create),
    FUNCTION("__itt_clock_domain_reset", stamp_reset),
    FUNCTION("__itt_track_group_create", track_group_create),
    FUNCTION("__itt_track_create", track_create),
    FUNCTION("__itt_set_track", track_set),
    FUNCTION("__itt_metadata_add", metadata_add),
    FUNCTION("__itt_metadata_add_with_scope", metadata_add_scoped),
    FUNCTION("__itt_metadata_str_add", metadata_add_text),
    FUNCTION("__itt_metadata_str_add_with_scope", metadata_add_text_scoped),
    FUNCTION("__itt_formatted_metadata_add", metadata_add_formatted),
    FUNCTION("__itt_formatted_metadata_add_overlapped", metadata_add_formatted_to),
    FUNCTION("__itt_marker", marker_show),
    FUNCTION("__itt_marker_ex", marker_show_at),
    FUNCTION("__itt_relation_add", relation_add),
    FUNCTION("__itt_relation_add_ex", relation_add_at),
    FUNCTION("__itt_relation_add_to_current", relation_add_to_current),
    FUNCTION("__itt_relation_add_to_current_ex", relation_add_to_current_at),
    FUNCTION("__itt_task_group", relation_group),
    FUNCTION("__itt_id_create", relation_id_create),
    FUNCTION("__itt_id_create_ex", relation_id_create_at),
    FUNCTION("__itt_id_destroy", relation_id_destroy),
    FUNCTION("__itt_id_destroy_ex", relation_id_destroy_at),
    FUNCTION("__itt_counter_create", counter_create),
    FUNCTION("__itt_counter_create_typed", counter_create_typed),
    FUNCTION("__itt_counter_create_v3", counter_create_in),
    FUNCTION("__itt_counter_destroy", counter_destroy),
    FUNCTION("__itt_counter_set_value", counter_set),
    FUNCTION("__itt_counter_set_value_v3", counter_set),
    FUNCTION("__itt_counter_set_value_ex", counter_set_at),
    FUNCTION("__itt_counter_inc", counter_inc),
    FUNCTION("__itt_counter_dec", counter_dec),
    FUNCTION("__itt_counter_inc_delta", counter_add),
    FUNCTION("__itt_counter_dec_delta", counter_subtract),
    FUNCTION("__itt_counter_inc_v3", counter_inc_named),
    FUNCTION("__itt_counter_dec_v3", counter_dec_named),
    FUNCTION("__itt_counter_inc_delta_v3", counter_add_named),
    FUNCTION("__itt_counter_dec_delta_v3", counter_subtract_named),
    FUNCTION("__itt_bind_context_metadata_to_counter", counter_describe),
    FUNCTION("__itt_histogram_create", distribution_create),
    FUNCTION("__itt_histogram_submit", distribution_submit),
    FUNCTION("__itt_thread_set_name", api_thread_set_name),
    FUNCTION("__itt_thr_name_set", api_thr_name_set),
    FUNCTION("__itt_pause", control_pause),
    FUNCTION("__itt_pause_scoped", api_pause_scoped),
    FUNCTION("__itt_resume", control_resume),
    FUNCTION("__itt_resume_scoped", api_resume_scoped),
    FUNCTION("__itt_detach", control_detach),
    FUNCTION("__itt_sync_create", sync_create),
    FUNCTION("__itt_sync_set_name", sync_create),
    FUNCTION("__itt_notify_sync_name", sync_name),
    FUNCTION("__itt_sync_rename", sync_rename),
    FUNCTION("__itt_sync_destroy", sync_destroy),
    FUNCTION("__itt_sync_prepare", sync_prepare),
    FUNCTION("__itt_sync_cancel", sync_cancel),
    FUNCTION("__itt_sync_acquired", sync_acquired),
    FUNCTION("__itt_sync_releasing", sync_releasing),
    FUNCTION("__itt_fsync_prepare", sync_prepare),
    FUNCTION("__itt_fsync_cancel", sync_cancel),
    FUNCTION("__itt_fsync_acquired", sync_acquired),
    FUNCTION("__itt_fsync_releasing", sync_releasing),
    FUNCTION("__itt_notify_sync_prepare", sync_prepare),
    FUNCTION("__itt_notify_sync_cancel", sync_cancel),
    FUNCTION("__itt_notify_sync_acquired", sync_acquired),
    FUNCTION("__itt_notify_sync_releasing", sync_releasing),
    FUNCTION("__itt_stack_caller_create", stitch_create),
    FUNCTION("__itt_stack_caller_destroy", stitch_destroy),
    FUNCTION("__itt_stack_callee_enter", stitch_enter),
    FUNCTION("__itt_stack_callee_leave", stitch_leave),
    FUNCTION("__itt_pt_region_create", region_create),
    FUNCTION("__itt_mark_pt_region_begin", task_begin_region),
    FUNCTION("__itt_mark_pt_region_end", task_end_region),
#undef FUNCTION
};

/*
 * Whether this process image records. Several static parts may ask at once: one thread finds out, the others wait; but not for a
 * thread that a fork left behind, nor for the call that their own handler interrupted.
 */
enum { NOT_TRIED, RECORDING, FAILED };
static _Atomic int attached;
static _Atomic uint64_t attaching; /* pid << 32 | tid of the thread that is at it */

static uint64_t this_thread(void)
{
    return (uint64_t)getpid() << 32 | platform_thread_id();
}

/* Once a process image. */
static int prepare(void)
{
    static bool prepared;
    if (prepared)
        return 0;
    clock_calibrate();
    int error = name_init() && counter_init() ? thread_init() : ENOMEM;
    prepared = error == 0;
    if (error != 0)
        join_complain(error);
    return error;
}

static void enter_process(struct join *join)
{
    const bool shut = thread_shut();
    process_in(join);
    process_count(join);
    if (shut)
        thread_open();
}

static void attach_now(void)
{
    int error = join_recording();
    if (error == 0)
        error = prepare();
    if (error == 0)
        enter_process(join_now());
    atomic_store(&attached, error == 0 ? RECORDING : FAILED);
    if (error == 0)
        control_show_start();
}

/* A recording that is over, or could not be had, makes way for another one. */
static bool attach_is_due(int state)
{
    return state == NOT_TRIED || ((state == FAILED || join_is_over(join_now())) && join_wanted());
}

static bool attach(void)
{
    const struct timespec nap = {0, 1000000};
    const uint64_t self = this_thread();
    for (;;) {
        int state = atomic_load(&attached);
        uint64_t other = 0;
        if (!attach_is_due(state))
            return state == RECORDING && !join_is_over(join_now());
        if (atomic_compare_exchange_strong(&attaching, &other, self)) {
            if (attach_is_due(atomic_load(&attached)))
                attach_now();
            atomic_store(&attaching, 0);
            continue;
        }
        if (other == self || other >> 32 != self >> 32)
            return false;
        nanosleep(&nap, NULL);
    }
}

static void bind(const struct client_entry *entry, bool recording)
{
    void *function = entry->null_function;
    for (size_t i = 0; recording && i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, entry->name) == 0)
            memcpy(&function, &functions[i].function, sizeof function);
    }
    void (*accepted)(void) = recording ? accepted_find(entry->name) : NULL;
    if (accepted != NULL)
        memcpy(&function, &accepted, sizeof function);
    __atomic_store_n(entry->function, function, __ATOMIC_RELEASE); /* programs look at it all the time */
}

void __itt_api_init(struct client_global *client, int groups)
{
    static const unsigned char magic[8] = {0xED, 0xAB, 0xAB, 0xEC, 0x0D, 0xEE, 0xDA, 0x30};
    if (client == NULL || memcmp(client->magic, magic, sizeof magic) != 0 || client->entries == NULL)
        return;
    struct guard guard = guard_enter();
    bool recording = attach();
    if (recording)
        atomic_fetch_add_explicit(&join_now()->head->static_parts, 1, memory_order_relaxed);
    const int wanted =
        recording ? group_wanted(groups, join_now()->head->wanted & ITT_WANTED_SYNC) : __itt_group_none;
    for (const struct client_entry *entry = client->entries; entry->name != NULL; entry++)
        bind(entry, recording && group_has(wanted, entry));
    /* Domains that the client made before it found us. Strings say their text themselves. */
    for (__itt_domain *domain = client->domains; recording && domain != NULL; domain = domain->next) {
        name_of_domain(domain);
        __atomic_store_n(&domain->flags, 1, __ATOMIC_RELAXED);
    }
    guard_leave(guard);
}

/* Everything is in the file already, and calls may still come. */
void __itt_api_fini(struct client_global *client)
{
    struct guard guard = guard_enter();
    struct join *join = join_now();
    (void)client;
    if (join != NULL && join_is_over(join))
        join_leave(join);
    guard_leave(guard);
}
