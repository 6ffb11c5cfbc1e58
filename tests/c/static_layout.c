/* The layouts that programs and collectors share, byte by byte. Compiling is the test. */
#include "ittnotify_collector.h"

#define AT(type, member, offset)                                                                             \
    _Static_assert(offsetof(type, member) == (offset), #type "." #member " is at " #offset)
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has " #size " bytes")

#define MUTEX ((long)sizeof(pthread_mutex_t) - 40) /* 0 on x86-64, 8 on aarch64 */

SIZE(__itt_global, 200 + MUTEX);
AT(__itt_global, magic, 0);
AT(__itt_global, version_major, 8);
AT(__itt_global, version_minor, 16);
AT(__itt_global, version_build, 24);
AT(__itt_global, api_initialized, 32);
AT(__itt_global, mutex_initialized, 40);
AT(__itt_global, atomic_counter, 48);
AT(__itt_global, mutex, 56);
AT(__itt_global, lib, 96 + MUTEX);
AT(__itt_global, error_handler, 104 + MUTEX);
AT(__itt_global, dll_path_ptr, 112 + MUTEX);
AT(__itt_global, api_list_ptr, 120 + MUTEX);
AT(__itt_global, next, 128 + MUTEX);
AT(__itt_global, thread_list, 136 + MUTEX);
AT(__itt_global, domain_list, 144 + MUTEX);
AT(__itt_global, string_list, 152 + MUTEX);
AT(__itt_global, state, 160 + MUTEX);
AT(__itt_global, counter_list, 168 + MUTEX);
AT(__itt_global, ipt_collect_events, 176 + MUTEX);
AT(__itt_global, histogram_list, 184 + MUTEX);
AT(__itt_global, counter_metadata_list, 192 + MUTEX);

SIZE(__itt_api_info, 40);
AT(__itt_api_info, name, 0);
AT(__itt_api_info, func_ptr, 8);
AT(__itt_api_info, init_func, 16);
AT(__itt_api_info, null_func, 24);
AT(__itt_api_info, group, 32);

SIZE(__itt_thread_info, 48);
AT(__itt_thread_info, tid, 16);
AT(__itt_thread_info, state, 24);
AT(__itt_thread_info, extra1, 28);
AT(__itt_thread_info, extra2, 32);
AT(__itt_thread_info, next, 40);

SIZE(__itt_counter_info_t, 72);
AT(__itt_counter_info_t, nameA, 0);
AT(__itt_counter_info_t, nameW, 8);
AT(__itt_counter_info_t, domainA, 16);
AT(__itt_counter_info_t, domainW, 24);
AT(__itt_counter_info_t, type, 32);
AT(__itt_counter_info_t, index, 40);
AT(__itt_counter_info_t, extra1, 48);
AT(__itt_counter_info_t, extra2, 56);
AT(__itt_counter_info_t, next, 64);

SIZE(__itt_domain, 48);
AT(__itt_domain, flags, 0);
AT(__itt_domain, nameA, 8);
AT(__itt_domain, nameW, 16);
AT(__itt_domain, extra1, 24);
AT(__itt_domain, extra2, 32);
AT(__itt_domain, next, 40);

SIZE(__itt_string_handle, 40);
AT(__itt_string_handle, strA, 0);
AT(__itt_string_handle, strW, 8);
AT(__itt_string_handle, extra1, 16);
AT(__itt_string_handle, extra2, 24);
AT(__itt_string_handle, next, 32);

SIZE(__itt_histogram, 56);
AT(__itt_histogram, domain, 0);
AT(__itt_histogram, nameA, 8);
AT(__itt_histogram, nameW, 16);
AT(__itt_histogram, x_type, 24);
AT(__itt_histogram, y_type, 28);
AT(__itt_histogram, extra1, 32);
AT(__itt_histogram, extra2, 40);
AT(__itt_histogram, next, 48);

SIZE(__itt_id, 24);
AT(__itt_id, d2, 8);
AT(__itt_id, d3, 16);

SIZE(__itt_clock_info, 16);
AT(__itt_clock_info, clock_base, 8);
SIZE(__itt_clock_domain, 56);
AT(__itt_clock_domain, info, 0);
AT(__itt_clock_domain, fn, 16);
AT(__itt_clock_domain, fn_data, 24);
AT(__itt_clock_domain, extra1, 32);
AT(__itt_clock_domain, extra2, 40);
AT(__itt_clock_domain, next, 48);

SIZE(__itt_track_group, 40);
AT(__itt_track_group, track, 8);
AT(__itt_track_group, tgtype, 16);
AT(__itt_track_group, extra1, 20);
AT(__itt_track_group, extra2, 24);
AT(__itt_track_group, next, 32);
SIZE(__itt_track, 40);
AT(__itt_track, group, 8);
AT(__itt_track, ttype, 16);
AT(__itt_track, extra1, 20);
AT(__itt_track, extra2, 24);
AT(__itt_track, next, 32);

SIZE(__itt_section_info, 48);
AT(__itt_section_info, type, 8);
AT(__itt_section_info, flags, 16);
AT(__itt_section_info, start_addr, 24);
AT(__itt_section_info, size, 32);
AT(__itt_section_info, file_offset, 40);
SIZE(__itt_module_object, 80);
AT(__itt_module_object, module_id, 8);
AT(__itt_module_object, module_type, 32);
AT(__itt_module_object, module_name, 40);
AT(__itt_module_object, module_buffer, 48);
AT(__itt_module_object, module_size, 56);
AT(__itt_module_object, section_array, 64);
AT(__itt_module_object, section_number, 72);

SIZE(__itt_context_metadata, 16);
AT(__itt_context_metadata, value, 8);
SIZE(__itt_counter_metadata, 64);
AT(__itt_counter_metadata, type, 8);
AT(__itt_counter_metadata, str_valueA, 16);
AT(__itt_counter_metadata, str_valueW, 24);
AT(__itt_counter_metadata, value, 32);
AT(__itt_counter_metadata, extra1, 40);
AT(__itt_counter_metadata, extra2, 48);
AT(__itt_counter_metadata, next, 56);

SIZE(__itt_timestamp, 8);
SIZE(__itt_event, 4);
SIZE(__itt_mark_type, 4);
SIZE(__itt_state_t, 4);
SIZE(__itt_pt_region, 1);
SIZE(__itt_counter, 8);
SIZE(__itt_caller, 8);
SIZE(__itt_frame, 8);

_Static_assert(__itt_metadata_double == 8 && __itt_metadata_u16 == 5, "metadata types");
_Static_assert(__itt_scope_track_group == 2 && __itt_scope_marker == 5, "scopes");
_Static_assert(__itt_relation_is_dependent_on == 1 && __itt_relation_is_predecessor_to == 7, "relations");
_Static_assert(__itt_context_tid == 9 && __itt_context_cpu_cycles_flag == 17, "context types");
_Static_assert(__itt_collection_init_successful == 4 && __itt_error_system == 6, "states and errors");
_Static_assert(__itt_group_module == 1 << 15 && __itt_group_all == -1, "groups");
_Static_assert(itt_section_type_text == 3 && __itt_module_type_coff == 2, "modules");
_Static_assert(__itt_timestamp_none == ~0ull, "no time");

int main(void)
{
    return 0;
}
