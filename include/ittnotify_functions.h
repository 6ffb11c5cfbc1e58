/*
 * The functions of the interface, one row each: the only list. Whoever includes this file says what a row becomes.
 *
 *   ITT_VOID(name, parameters, arguments, groups, symbol)        returns nothing
 *   ITT_DATA(name, type, parameters, arguments, groups, symbol)  returns a value
 *   ITT_VA(name, parameters, groups, symbol)                     returns nothing, printf-like
 *
 * The symbol is what a collector exports: __itt_SYMBOL. No include guard: it is included several times.
 */
/* clang-format off */
ITT_DATA(api_version, const char *, (void), (), __itt_group_all & ~__itt_group_legacy, api_version)
ITT_DATA(av_save, int,
         (void *data, int rank, const int *dimensions, int type, const char *filePath, int columnOrder),
         (data, rank, dimensions, type, filePath, columnOrder), __itt_group_arrays, av_save)
ITT_VOID(bind_context_metadata_to_counter,
         (__itt_counter counter, size_t length, __itt_context_metadata *metadata),
         (counter, length, metadata), __itt_group_structure, bind_context_metadata_to_counter)
ITT_DATA(clock_domain_create, __itt_clock_domain *, (__itt_get_clock_info_fn fn, void *fn_data),
         (fn, fn_data), __itt_group_structure, clock_domain_create)
ITT_VOID(clock_domain_reset, (void), (), __itt_group_structure, clock_domain_reset)
ITT_DATA(counter_create, __itt_counter, (const char *name, const char *domain), (name, domain),
         __itt_group_counter, counter_create)
ITT_DATA(counter_create_typed, __itt_counter,
         (const char *name, const char *domain, __itt_metadata_type type), (name, domain, type),
         __itt_group_counter, counter_create_typed)
ITT_DATA(counter_create_v3, __itt_counter,
         (const __itt_domain *domain, const char *name, __itt_metadata_type type), (domain, name, type),
         __itt_group_counter, counter_create_v3)
ITT_VOID(counter_dec, (__itt_counter id), (id), __itt_group_counter, counter_dec)
ITT_VOID(counter_dec_delta, (__itt_counter id, unsigned long long value), (id, value), __itt_group_counter,
         counter_dec_delta)
ITT_VOID(counter_dec_delta_v3,
         (const __itt_domain *domain, __itt_string_handle *name, unsigned long long value),
         (domain, name, value), __itt_group_structure, counter_dec_delta_v3)
ITT_VOID(counter_dec_v3, (const __itt_domain *domain, __itt_string_handle *name), (domain, name),
         __itt_group_structure, counter_dec_v3)
ITT_VOID(counter_destroy, (__itt_counter id), (id), __itt_group_counter, counter_destroy)
ITT_VOID(counter_inc, (__itt_counter id), (id), __itt_group_counter, counter_inc)
ITT_VOID(counter_inc_delta, (__itt_counter id, unsigned long long value), (id, value), __itt_group_counter,
         counter_inc_delta)
ITT_VOID(counter_inc_delta_v3,
         (const __itt_domain *domain, __itt_string_handle *name, unsigned long long value),
         (domain, name, value), __itt_group_structure, counter_inc_delta_v3)
ITT_VOID(counter_inc_v3, (const __itt_domain *domain, __itt_string_handle *name), (domain, name),
         __itt_group_structure, counter_inc_v3)
ITT_VOID(counter_set_value, (__itt_counter id, void *value_ptr), (id, value_ptr), __itt_group_counter,
         counter_set_value)
ITT_VOID(counter_set_value_ex,
         (__itt_counter id, __itt_clock_domain *clock_domain, unsigned long long timestamp, void *value_ptr),
         (id, clock_domain, timestamp, value_ptr), __itt_group_counter, counter_set_value_ex)
ITT_VOID(counter_set_value_v3, (__itt_counter counter, void *value_ptr), (counter, value_ptr),
         __itt_group_counter, counter_set_value_v3)
ITT_VOID(detach, (void), (), __itt_group_control | __itt_group_legacy, detach)
ITT_DATA(domain_create, __itt_domain *, (const char *name), (name), __itt_group_structure, domain_create)
ITT_VOID(enable_attach, (void), (), __itt_group_all, enable_attach)
ITT_DATA(event_create, __itt_event, (const char *name, int namelen), (name, namelen),
         __itt_group_mark | __itt_group_legacy, event_create)
ITT_DATA(event_end, int, (__itt_event event), (event), __itt_group_mark | __itt_group_legacy, event_end)
ITT_DATA(event_start, int, (__itt_event event), (event), __itt_group_mark | __itt_group_legacy, event_start)
ITT_VA(formatted_metadata_add, (const __itt_domain *domain, __itt_string_handle *format, ...),
       __itt_group_structure, formatted_metadata_add)
ITT_VA(formatted_metadata_add_overlapped,
       (const __itt_domain *domain, __itt_id id, __itt_string_handle *format, ...), __itt_group_structure,
       formatted_metadata_add_overlapped)
ITT_VOID(frame_begin, (__itt_frame frame), (frame), __itt_group_frame, frame_begin)
ITT_VOID(frame_begin_v3, (const __itt_domain *domain, __itt_id *id), (domain, id), __itt_group_structure,
         frame_begin_v3)
ITT_DATA(frame_create, __itt_frame, (const char *domain), (domain), __itt_group_frame, frame_create)
ITT_VOID(frame_end, (__itt_frame frame), (frame), __itt_group_frame, frame_end)
ITT_VOID(frame_end_v3, (const __itt_domain *domain, __itt_id *id), (domain, id), __itt_group_structure,
         frame_end_v3)
ITT_VOID(frame_submit_v3,
         (const __itt_domain *domain, __itt_id *id, __itt_timestamp begin, __itt_timestamp end),
         (domain, id, begin, end), __itt_group_structure, frame_submit_v3)
ITT_VOID(fsync_acquired, (void *addr), (addr), __itt_group_fsync, sync_acquired)
ITT_VOID(fsync_cancel, (void *addr), (addr), __itt_group_fsync, sync_cancel)
ITT_VOID(fsync_prepare, (void *addr), (addr), __itt_group_fsync, sync_prepare)
ITT_VOID(fsync_releasing, (void *addr), (addr), __itt_group_fsync, sync_releasing)
ITT_DATA(get_timestamp, __itt_timestamp, (void), (), __itt_group_structure, get_timestamp)
ITT_VOID(heap_allocate_begin, (__itt_heap_function h, size_t size, int initialized), (h, size, initialized),
         __itt_group_heap, heap_allocate_begin)
ITT_VOID(heap_allocate_end, (__itt_heap_function h, void **addr, size_t size, int initialized),
         (h, addr, size, initialized), __itt_group_heap, heap_allocate_end)
ITT_VOID(heap_free_begin, (__itt_heap_function h, void *addr), (h, addr), __itt_group_heap, heap_free_begin)
ITT_VOID(heap_free_end, (__itt_heap_function h, void *addr), (h, addr), __itt_group_heap, heap_free_end)
ITT_DATA(heap_function_create, __itt_heap_function, (const char *name, const char *domain), (name, domain),
         __itt_group_heap, heap_function_create)
ITT_VOID(heap_internal_access_begin, (void), (), __itt_group_heap, heap_internal_access_begin)
ITT_VOID(heap_internal_access_end, (void), (), __itt_group_heap, heap_internal_access_end)
ITT_VOID(heap_reallocate_begin, (__itt_heap_function h, void *addr, size_t new_size, int initialized),
         (h, addr, new_size, initialized), __itt_group_heap, heap_reallocate_begin)
ITT_VOID(heap_reallocate_end,
         (__itt_heap_function h, void *addr, void **new_addr, size_t new_size, int initialized),
         (h, addr, new_addr, new_size, initialized), __itt_group_heap, heap_reallocate_end)
ITT_VOID(heap_record, (unsigned int record_mask), (record_mask), __itt_group_heap, heap_record)
ITT_VOID(heap_record_memory_growth_begin, (void), (), __itt_group_heap, heap_record_memory_growth_begin)
ITT_VOID(heap_record_memory_growth_end, (void), (), __itt_group_heap, heap_record_memory_growth_end)
ITT_VOID(heap_reset_detection, (unsigned int reset_mask), (reset_mask), __itt_group_heap,
         heap_reset_detection)
ITT_DATA(histogram_create, __itt_histogram *, (const __itt_domain *domain, const char *name,
          __itt_metadata_type x_type, __itt_metadata_type y_type), (domain, name, x_type, y_type),
         __itt_group_structure, histogram_create)
ITT_VOID(histogram_submit, (__itt_histogram *hist, size_t length, void *x_data, void *y_data),
         (hist, length, x_data, y_data), __itt_group_structure, histogram_submit)
ITT_VOID(id_create, (const __itt_domain *domain, __itt_id id), (domain, id), __itt_group_structure,
         id_create)
ITT_VOID(id_create_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id id), (domain, clock_domain, timestamp, id),
         __itt_group_structure, id_create_ex)
ITT_VOID(id_destroy, (const __itt_domain *domain, __itt_id id), (domain, id), __itt_group_structure,
         id_destroy)
ITT_VOID(id_destroy_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id id), (domain, clock_domain, timestamp, id),
         __itt_group_structure, id_destroy_ex)
ITT_DATA(mark, int, (__itt_mark_type mt, const char *parameter), (mt, parameter), __itt_group_mark, mark)
ITT_DATA(mark_create, __itt_mark_type, (const char *name), (name), __itt_group_mark, mark_create)
ITT_DATA(mark_global, int, (__itt_mark_type mt, const char *parameter), (mt, parameter), __itt_group_mark,
         mark_global)
ITT_DATA(mark_global_off, int, (__itt_mark_type mt), (mt), __itt_group_mark, mark_global_off)
ITT_DATA(mark_off, int, (__itt_mark_type mt), (mt), __itt_group_mark, mark_off)
ITT_VOID(marker, (const __itt_domain *domain, __itt_id id, __itt_string_handle *name, __itt_scope scope),
         (domain, id, name, scope), __itt_group_structure, marker)
ITT_VOID(marker_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id id, __itt_string_handle *name, __itt_scope scope),
         (domain, clock_domain, timestamp, id, name, scope), __itt_group_structure, marker_ex)
ITT_VOID(memory_read, (void *addr, size_t size), (addr, size), __itt_group_legacy, memory_read)
ITT_VOID(memory_update, (void *addr, size_t size), (addr, size), __itt_group_legacy, memory_update)
ITT_VOID(memory_write, (void *addr, size_t size), (addr, size), __itt_group_legacy, memory_write)
ITT_VOID(metadata_add, (const __itt_domain *domain, __itt_id id, __itt_string_handle *key,
          __itt_metadata_type type, size_t count, void *data), (domain, id, key, type, count, data),
         __itt_group_structure, metadata_add)
ITT_VOID(metadata_add_with_scope, (const __itt_domain *domain, __itt_scope scope, __itt_string_handle *key,
          __itt_metadata_type type, size_t count, void *data), (domain, scope, key, type, count, data),
         __itt_group_structure, metadata_add_with_scope)
ITT_VOID(metadata_str_add,
         (const __itt_domain *domain, __itt_id id, __itt_string_handle *key, const char *data, size_t length),
         (domain, id, key, data, length), __itt_group_structure, metadata_str_add)
ITT_VOID(metadata_str_add_with_scope, (const __itt_domain *domain, __itt_scope scope,
          __itt_string_handle *key, const char *data, size_t length), (domain, scope, key, data, length),
         __itt_group_structure, metadata_str_add_with_scope)
ITT_VOID(model_aggregate_task, (size_t count), (count), __itt_group_model, model_aggregate_task)
ITT_VOID(model_clear_uses, (void *addr), (addr), __itt_group_model, model_clear_uses)
ITT_VOID(model_disable_pop, (void), (), __itt_group_model, model_disable_pop)
ITT_VOID(model_disable_push, (__itt_model_disable x), (x), __itt_group_model, model_disable_push)
ITT_VOID(model_induction_uses, (void *addr, size_t size), (addr, size), __itt_group_model,
         model_induction_uses)
ITT_VOID(model_iteration_taskA, (const char *name), (name), __itt_group_model, model_iteration_taskA)
ITT_VOID(model_iteration_taskAL, (const char *name, size_t len), (name, len), __itt_group_model,
         model_iteration_taskAL)
ITT_VOID(model_lock_acquire, (void *lock), (lock), __itt_group_model, model_lock_acquire)
ITT_VOID(model_lock_acquire_2, (void *lock), (lock), __itt_group_model, model_lock_acquire_2)
ITT_VOID(model_lock_release, (void *lock), (lock), __itt_group_model, model_lock_release)
ITT_VOID(model_lock_release_2, (void *lock), (lock), __itt_group_model, model_lock_release_2)
ITT_VOID(model_observe_uses, (void *addr, size_t size), (addr, size), __itt_group_model, model_observe_uses)
ITT_VOID(model_record_allocation, (void *addr, size_t size), (addr, size), __itt_group_model,
         model_record_allocation)
ITT_VOID(model_record_deallocation, (void *addr), (addr), __itt_group_model, model_record_deallocation)
ITT_VOID(model_reduction_uses, (void *addr, size_t size), (addr, size), __itt_group_model,
         model_reduction_uses)
ITT_VOID(model_site_begin, (__itt_model_site *site, __itt_model_site_instance *instance, const char *name),
         (site, instance, name), __itt_group_model, model_site_begin)
ITT_VOID(model_site_beginA, (const char *name), (name), __itt_group_model, model_site_beginA)
ITT_VOID(model_site_beginAL, (const char *name, size_t len), (name, len), __itt_group_model,
         model_site_beginAL)
ITT_VOID(model_site_end, (__itt_model_site *site, __itt_model_site_instance *instance), (site, instance),
         __itt_group_model, model_site_end)
ITT_VOID(model_site_end_2, (void), (), __itt_group_model, model_site_end_2)
ITT_VOID(model_task_begin, (__itt_model_task *task, __itt_model_task_instance *instance, const char *name),
         (task, instance, name), __itt_group_model, model_task_begin)
ITT_VOID(model_task_beginA, (const char *name), (name), __itt_group_model, model_task_beginA)
ITT_VOID(model_task_beginAL, (const char *name, size_t len), (name, len), __itt_group_model,
         model_task_beginAL)
ITT_VOID(model_task_end, (__itt_model_task *task, __itt_model_task_instance *instance), (task, instance),
         __itt_group_model, model_task_end)
ITT_VOID(model_task_end_2, (void), (), __itt_group_model, model_task_end_2)
ITT_VOID(module_load, (void *start_addr, void *end_addr, const char *path), (start_addr, end_addr, path),
         __itt_group_module, module_load)
ITT_VOID(module_load_with_sections, (__itt_module_object *module_obj), (module_obj), __itt_group_module,
         module_load_with_sections)
ITT_VOID(module_unload, (void *start_addr), (start_addr), __itt_group_module, module_unload)
ITT_VOID(module_unload_with_sections, (__itt_module_object *module_obj), (module_obj), __itt_group_module,
         module_unload_with_sections)
ITT_VOID(notify_sync_acquired, (void *p), (p), __itt_group_sync | __itt_group_fsync | __itt_group_legacy,
         notify_sync_acquired)
ITT_VOID(notify_sync_cancel, (void *p), (p), __itt_group_sync | __itt_group_fsync | __itt_group_legacy,
         notify_sync_cancel)
ITT_DATA(notify_sync_name, int,
         (void *p, const char *objtype, int typelen, const char *objname, int namelen, int attribute),
         (p, objtype, typelen, objname, namelen, attribute),
         __itt_group_sync | __itt_group_fsync | __itt_group_legacy, notify_sync_name)
ITT_VOID(notify_sync_prepare, (void *p), (p), __itt_group_sync | __itt_group_fsync | __itt_group_legacy,
         notify_sync_prepare)
ITT_VOID(notify_sync_releasing, (void *p), (p), __itt_group_sync | __itt_group_fsync | __itt_group_legacy,
         notify_sync_releasing)
ITT_DATA(obj_mode_set, __itt_obj_state_t, (__itt_obj_prop_t p, __itt_obj_state_t s), (p, s),
         __itt_group_legacy, obj_mode_set)
ITT_VOID(pause, (void), (), __itt_group_control | __itt_group_legacy, pause)
ITT_VOID(pause_scoped, (__itt_collection_scope scope), (scope), __itt_group_control, pause_scoped)
ITT_DATA(pt_region_create, __itt_pt_region, (const char *name), (name), __itt_group_structure,
         pt_region_create)
ITT_VOID(region_begin, (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name),
         (domain, id, parent, name), __itt_group_structure, region_begin)
ITT_VOID(region_end, (const __itt_domain *domain, __itt_id id), (domain, id), __itt_group_structure,
         region_end)
ITT_VOID(relation_add, (const __itt_domain *domain, __itt_id head, __itt_relation relation, __itt_id tail),
         (domain, head, relation, tail), __itt_group_structure, relation_add)
ITT_VOID(relation_add_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id head, __itt_relation relation, __itt_id tail),
         (domain, clock_domain, timestamp, head, relation, tail), __itt_group_structure, relation_add_ex)
ITT_VOID(relation_add_to_current, (const __itt_domain *domain, __itt_relation relation, __itt_id tail),
         (domain, relation, tail), __itt_group_structure, relation_add_to_current)
ITT_VOID(relation_add_to_current_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_relation relation, __itt_id tail),
         (domain, clock_domain, timestamp, relation, tail), __itt_group_structure,
         relation_add_to_current_ex)
ITT_VOID(resume, (void), (), __itt_group_control | __itt_group_legacy, resume)
ITT_VOID(resume_scoped, (__itt_collection_scope scope), (scope), __itt_group_control, resume_scoped)
ITT_VOID(set_track, (__itt_track *track), (track), __itt_group_structure, set_track)
ITT_VOID(stack_callee_enter, (__itt_caller id), (id), __itt_group_stitch, stack_callee_enter)
ITT_VOID(stack_callee_leave, (__itt_caller id), (id), __itt_group_stitch, stack_callee_leave)
ITT_DATA(stack_caller_create, __itt_caller, (void), (), __itt_group_stitch, stack_caller_create)
ITT_VOID(stack_caller_destroy, (__itt_caller id), (id), __itt_group_stitch, stack_caller_destroy)
ITT_DATA(state_get, __itt_state_t, (void), (), __itt_group_legacy, state_get)
ITT_DATA(state_set, __itt_state_t, (__itt_state_t s), (s), __itt_group_legacy, state_set)
ITT_DATA(string_handle_create, __itt_string_handle *, (const char *name), (name), __itt_group_structure,
         string_handle_create)
ITT_VOID(suppress_clear_range, (__itt_suppress_mode_t mode, unsigned int mask, void *address, size_t size),
         (mode, mask, address, size), __itt_group_suppress, suppress_clear_range)
ITT_VOID(suppress_mark_range, (__itt_suppress_mode_t mode, unsigned int mask, void *address, size_t size),
         (mode, mask, address, size), __itt_group_suppress, suppress_mark_range)
ITT_VOID(suppress_pop, (void), (), __itt_group_suppress, suppress_pop)
ITT_VOID(suppress_push, (unsigned int mask), (mask), __itt_group_suppress, suppress_push)
ITT_VOID(sync_acquired, (void *addr), (addr), __itt_group_sync, sync_acquired)
ITT_VOID(sync_cancel, (void *addr), (addr), __itt_group_sync, sync_cancel)
ITT_VOID(sync_create, (void *addr, const char *objtype, const char *objname, int attribute),
         (addr, objtype, objname, attribute), __itt_group_sync | __itt_group_fsync, sync_create)
ITT_VOID(sync_destroy, (void *addr), (addr), __itt_group_sync | __itt_group_fsync, sync_destroy)
ITT_VOID(sync_prepare, (void *addr), (addr), __itt_group_sync, sync_prepare)
ITT_VOID(sync_releasing, (void *addr), (addr), __itt_group_sync, sync_releasing)
ITT_VOID(sync_rename, (void *addr, const char *name), (addr, name), __itt_group_sync | __itt_group_fsync,
         sync_rename)
ITT_VOID(sync_set_name, (void *addr, const char *objtype, const char *objname, int attribute),
         (addr, objtype, objname, attribute), __itt_group_sync | __itt_group_fsync | __itt_group_legacy,
         sync_set_name)
ITT_VOID(task_begin, (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name),
         (domain, id, parent, name), __itt_group_structure, task_begin)
ITT_VOID(task_begin_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id id, __itt_id parentid, __itt_string_handle *name),
         (domain, clock_domain, timestamp, id, parentid, name), __itt_group_structure, task_begin_ex)
ITT_VOID(task_begin_fn, (const __itt_domain *domain, __itt_id id, __itt_id parent, void *fn),
         (domain, id, parent, fn), __itt_group_structure, task_begin_fn)
ITT_VOID(task_begin_fn_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id id, __itt_id parentid, void *fn),
         (domain, clock_domain, timestamp, id, parentid, fn), __itt_group_structure, task_begin_fn_ex)
ITT_VOID(task_begin_overlapped,
         (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name),
         (domain, id, parent, name), __itt_group_structure, task_begin_overlapped)
ITT_VOID(task_begin_overlapped_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id id, __itt_id parentid, __itt_string_handle *name),
         (domain, clock_domain, timestamp, id, parentid, name), __itt_group_structure,
         task_begin_overlapped_ex)
ITT_VOID(task_end, (const __itt_domain *domain), (domain), __itt_group_structure, task_end)
ITT_VOID(task_end_ex,
         (const __itt_domain *domain, __itt_clock_domain *clock_domain, unsigned long long timestamp),
         (domain, clock_domain, timestamp), __itt_group_structure, task_end_ex)
ITT_VOID(task_end_overlapped, (const __itt_domain *domain, __itt_id id), (domain, id), __itt_group_structure,
         task_end_overlapped)
ITT_VOID(task_end_overlapped_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
          unsigned long long timestamp, __itt_id id), (domain, clock_domain, timestamp, id),
         __itt_group_structure, task_end_overlapped_ex)
ITT_VOID(task_group, (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name),
         (domain, id, parent, name), __itt_group_structure, task_group)
ITT_VOID(thr_ignore, (void), (), __itt_group_thread | __itt_group_legacy, thr_ignore)
ITT_DATA(thr_mode_set, __itt_thr_state_t, (__itt_thr_prop_t p, __itt_thr_state_t s), (p, s),
         __itt_group_legacy, thr_mode_set)
ITT_DATA(thr_name_set, int, (const char *name, int namelen), (name, namelen),
         __itt_group_thread | __itt_group_legacy, thr_name_set)
ITT_VOID(thread_ignore, (void), (), __itt_group_thread, thread_ignore)
ITT_VOID(thread_set_name, (const char *name), (name), __itt_group_thread, thread_set_name)
ITT_DATA(track_create, __itt_track *,
         (__itt_track_group *track_group, __itt_string_handle *name, __itt_track_type track_type),
         (track_group, name, track_type), __itt_group_structure, track_create)
ITT_DATA(track_group_create, __itt_track_group *,
         (__itt_string_handle *name, __itt_track_group_type track_group_type), (name, track_group_type),
         __itt_group_structure, track_group_create)
/* clang-format on */

#undef ITT_VOID
#undef ITT_DATA
#undef ITT_VA
