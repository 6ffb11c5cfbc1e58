/*
 * All functions of the interface, as fake_collector.c has them. The letters say how to write the arguments; see say()
 * there.
 */
/* clang-format off */
DATA(av_save, int, 102,
     (void *data, int rank, const int *dimensions, int type, const char *filePath, int columnOrder),
     "PiAiTi", data, rank, rank, dimensions, type, filePath, columnOrder)
CALL(bind_context_metadata_to_counter,
     (__itt_counter counter, size_t length, __itt_context_metadata *metadata), "CzX", counter, length,
     length, metadata)
DATA(clock_domain_create, __itt_clock_domain *, clock_make(fn_data),
     (__itt_get_clock_info_fn fn, void *fn_data), "FP", fn, fn_data, fn_data)
CALL(clock_domain_reset, (void), "")
DATA(counter_create, __itt_counter, counter_make(name, __itt_metadata_u64), (const char *name, const char *domain), "TT", name,
     domain)
DATA(counter_create_typed, __itt_counter, counter_make(name, type),
     (const char *name, const char *domain, __itt_metadata_type type), "TTi", name, domain, (int)type)
DATA(counter_create_v3, __itt_counter, counter_make(name, type),
     (const __itt_domain *domain, const char *name, __itt_metadata_type type), "DTi", domain, name,
     (int)type)
CALL(counter_dec, (__itt_counter id), "C", id)
CALL(counter_dec_delta, (__itt_counter id, unsigned long long value), "CU", id, value)
CALL(counter_dec_delta_v3, (const __itt_domain *domain, __itt_string_handle *name, unsigned long long value),
     "DSU", domain, name, value)
CALL(counter_dec_v3, (const __itt_domain *domain, __itt_string_handle *name), "DS", domain, name)
CALL(counter_destroy, (__itt_counter id), "C", id)
CALL(counter_inc, (__itt_counter id), "C", id)
CALL(counter_inc_delta, (__itt_counter id, unsigned long long value), "CU", id, value)
CALL(counter_inc_delta_v3, (const __itt_domain *domain, __itt_string_handle *name, unsigned long long value),
     "DSU", domain, name, value)
CALL(counter_inc_v3, (const __itt_domain *domain, __itt_string_handle *name), "DS", domain, name)
CALL(counter_set_value, (__itt_counter id, void *value_ptr), "CN", id, counter_type(id), (size_t)1, value_ptr)
CALL(counter_set_value_ex,
     (__itt_counter id, __itt_clock_domain *clock_domain, unsigned long long timestamp, void *value_ptr),
     "CKUN", id, clock_domain, timestamp, counter_type(id), (size_t)1, value_ptr)
CALL(counter_set_value_v3, (__itt_counter counter, void *value_ptr), "CN", counter, counter_type(counter),
     (size_t)1, value_ptr)
CALL(detach, (void), "")
DATA(domain_create, __itt_domain *, domain_make(name), (const char *name), "T", name)
CALL(enable_attach, (void), "")
DATA(event_create, __itt_event, 108, (const char *name, int namelen), "Ti", name, namelen)
DATA(event_end, int, 109, (__itt_event event), "i", event)
DATA(event_start, int, 110, (__itt_event event), "i", event)
CALL(frame_begin, (__itt_frame frame), "P", (void *)frame)
CALL(frame_begin_v3, (const __itt_domain *domain, __itt_id *id), "DJ", domain, id)
DATA(frame_create, __itt_frame, (__itt_frame)0xf4a3e, (const char *domain), "T", domain)
CALL(frame_end, (__itt_frame frame), "P", (void *)frame)
CALL(frame_end_v3, (const __itt_domain *domain, __itt_id *id), "DJ", domain, id)
CALL(frame_submit_v3, (const __itt_domain *domain, __itt_id *id, __itt_timestamp begin, __itt_timestamp end),
     "DJUU", domain, id, begin, end)
CALL(sync_acquired, (void *addr), "P", addr)
CALL(sync_cancel, (void *addr), "P", addr)
CALL(sync_prepare, (void *addr), "P", addr)
CALL(sync_releasing, (void *addr), "P", addr)
DATA(get_timestamp, __itt_timestamp, FAKE_TIMESTAMP, (void), "")
CALL(heap_allocate_begin, (__itt_heap_function h, size_t size, int initialized), "Pzi", h, size, initialized)
CALL(heap_allocate_end, (__itt_heap_function h, void **addr, size_t size, int initialized), "PQzi", h, addr,
     size, initialized)
CALL(heap_free_begin, (__itt_heap_function h, void *addr), "PP", h, addr)
CALL(heap_free_end, (__itt_heap_function h, void *addr), "PP", h, addr)
DATA(heap_function_create, __itt_heap_function, (void *)0x4ea9, (const char *name, const char *domain), "TT",
     name, domain)
CALL(heap_internal_access_begin, (void), "")
CALL(heap_internal_access_end, (void), "")
CALL(heap_reallocate_begin, (__itt_heap_function h, void *addr, size_t new_size, int initialized), "PPzi", h,
     addr, new_size, initialized)
CALL(heap_reallocate_end,
     (__itt_heap_function h, void *addr, void **new_addr, size_t new_size, int initialized), "PPQzi", h,
     addr, new_addr, new_size, initialized)
CALL(heap_record, (unsigned int record_mask), "u", record_mask)
CALL(heap_record_memory_growth_begin, (void), "")
CALL(heap_record_memory_growth_end, (void), "")
CALL(heap_reset_detection, (unsigned int reset_mask), "u", reset_mask)
DATA(histogram_create, __itt_histogram *, histogram_make(name),
     (const __itt_domain *domain, const char *name, __itt_metadata_type x_type, __itt_metadata_type y_type),
     "DTii", domain, name, (int)x_type, (int)y_type)
CALL(histogram_submit, (__itt_histogram *hist, size_t length, void *x_data, void *y_data), "HzPP", hist,
     length, x_data, y_data)
CALL(id_create, (const __itt_domain *domain, __itt_id id), "DI", domain, &id)
CALL(id_create_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_id id), "DKUI", domain, clock_domain, timestamp, &id)
CALL(id_destroy, (const __itt_domain *domain, __itt_id id), "DI", domain, &id)
CALL(id_destroy_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_id id), "DKUI", domain, clock_domain, timestamp, &id)
DATA(mark, int, 115, (__itt_mark_type mt, const char *parameter), "iT", mt, parameter)
DATA(mark_create, __itt_mark_type, 116, (const char *name), "T", name)
DATA(mark_global, int, 117, (__itt_mark_type mt, const char *parameter), "iT", mt, parameter)
DATA(mark_global_off, int, 118, (__itt_mark_type mt), "i", mt)
DATA(mark_off, int, 119, (__itt_mark_type mt), "i", mt)
CALL(marker, (const __itt_domain *domain, __itt_id id, __itt_string_handle *name, __itt_scope scope), "DISi",
     domain, &id, name, (int)scope)
CALL(marker_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain, unsigned long long timestamp,
      __itt_id id, __itt_string_handle *name, __itt_scope scope), "DKUISi", domain, clock_domain, timestamp,
     &id, name, (int)scope)
CALL(memory_read, (void *addr, size_t size), "Pz", addr, size)
CALL(memory_update, (void *addr, size_t size), "Pz", addr, size)
CALL(memory_write, (void *addr, size_t size), "Pz", addr, size)
CALL(metadata_add, (const __itt_domain *domain, __itt_id id, __itt_string_handle *key,
      __itt_metadata_type type, size_t count, void *data), "DISizN", domain, &id, key, (int)type, count,
     (int)type, count, data)
CALL(metadata_add_with_scope, (const __itt_domain *domain, __itt_scope scope, __itt_string_handle *key,
      __itt_metadata_type type, size_t count, void *data), "DiSizP", domain, (int)scope, key, (int)type,
     count, data)
CALL(metadata_str_add,
     (const __itt_domain *domain, __itt_id id, __itt_string_handle *key, const char *data, size_t length),
     "DISTz", domain, &id, key, data, length)
CALL(metadata_str_add_with_scope, (const __itt_domain *domain, __itt_scope scope, __itt_string_handle *key,
      const char *data, size_t length), "DiSTz", domain, (int)scope, key, data, length)
CALL(model_aggregate_task, (size_t count), "z", count)
CALL(model_clear_uses, (void *addr), "P", addr)
CALL(model_disable_pop, (void), "")
CALL(model_disable_push, (__itt_model_disable x), "i", (int)x)
CALL(model_induction_uses, (void *addr, size_t size), "Pz", addr, size)
CALL(model_iteration_taskA, (const char *name), "T", name)
CALL(model_iteration_taskAL, (const char *name, size_t len), "Tz", name, len)
CALL(model_lock_acquire, (void *lock), "P", lock)
CALL(model_lock_acquire_2, (void *lock), "P", lock)
CALL(model_lock_release, (void *lock), "P", lock)
CALL(model_lock_release_2, (void *lock), "P", lock)
CALL(model_observe_uses, (void *addr, size_t size), "Pz", addr, size)
CALL(model_record_allocation, (void *addr, size_t size), "Pz", addr, size)
CALL(model_record_deallocation, (void *addr), "P", addr)
CALL(model_reduction_uses, (void *addr, size_t size), "Pz", addr, size)
CALL(model_site_begin, (__itt_model_site *site, __itt_model_site_instance *instance, const char *name),
     "QQT", site, instance, name)
CALL(model_site_beginA, (const char *name), "T", name)
CALL(model_site_beginAL, (const char *name, size_t len), "Tz", name, len)
CALL(model_site_end, (__itt_model_site *site, __itt_model_site_instance *instance), "QQ", site, instance)
CALL(model_site_end_2, (void), "")
CALL(model_task_begin, (__itt_model_task *task, __itt_model_task_instance *instance, const char *name),
     "QQT", task, instance, name)
CALL(model_task_beginA, (const char *name), "T", name)
CALL(model_task_beginAL, (const char *name, size_t len), "Tz", name, len)
CALL(model_task_end, (__itt_model_task *task, __itt_model_task_instance *instance), "QQ", task, instance)
CALL(model_task_end_2, (void), "")
CALL(module_load, (void *start_addr, void *end_addr, const char *path), "PPT", start_addr, end_addr, path)
CALL(module_load_with_sections, (__itt_module_object *module_obj), "M", module_obj)
CALL(module_unload, (void *start_addr), "P", start_addr)
CALL(module_unload_with_sections, (__itt_module_object *module_obj), "M", module_obj)
CALL(notify_sync_acquired, (void *p), "P", p)
CALL(notify_sync_cancel, (void *p), "P", p)
DATA(notify_sync_name, int, 120,
     (void *p, const char *objtype, int typelen, const char *objname, int namelen, int attribute), "PTiTii",
     p, objtype, typelen, objname, namelen, attribute)
CALL(notify_sync_prepare, (void *p), "P", p)
CALL(notify_sync_releasing, (void *p), "P", p)
DATA(obj_mode_set, __itt_obj_state_t, __itt_obj_state_use, (__itt_obj_prop_t p, __itt_obj_state_t s), "ii",
     (int)p, (int)s)
CALL(pause, (void), "")
CALL(pause_scoped, (__itt_collection_scope scope), "i", (int)scope)
DATA(pt_region_create, __itt_pt_region, 5, (const char *name), "T", name)
CALL(region_begin, (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name),
     "DIIS", domain, &id, &parent, name)
CALL(region_end, (const __itt_domain *domain, __itt_id id), "DI", domain, &id)
CALL(relation_add, (const __itt_domain *domain, __itt_id head, __itt_relation relation, __itt_id tail),
     "DIiI", domain, &head, (int)relation, &tail)
CALL(relation_add_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_id head, __itt_relation relation, __itt_id tail), "DKUIiI", domain,
     clock_domain, timestamp, &head, (int)relation, &tail)
CALL(relation_add_to_current, (const __itt_domain *domain, __itt_relation relation, __itt_id tail), "DiI",
     domain, (int)relation, &tail)
CALL(relation_add_to_current_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_relation relation, __itt_id tail), "DKUiI", domain, clock_domain,
     timestamp, (int)relation, &tail)
CALL(resume, (void), "")
CALL(resume_scoped, (__itt_collection_scope scope), "i", (int)scope)
CALL(set_track, (__itt_track *track), "R", track)
CALL(stack_callee_enter, (__itt_caller id), "P", (void *)id)
CALL(stack_callee_leave, (__itt_caller id), "P", (void *)id)
DATA(stack_caller_create, __itt_caller, (__itt_caller)0xca11, (void), "")
CALL(stack_caller_destroy, (__itt_caller id), "P", (void *)id)
DATA(state_get, __itt_state_t, 124, (void), "")
DATA(state_set, __itt_state_t, 125, (__itt_state_t s), "i", s)
DATA(string_handle_create, __itt_string_handle *, string_make(name), (const char *name), "T", name)
CALL(suppress_clear_range, (__itt_suppress_mode_t mode, unsigned int mask, void *address, size_t size),
     "iuPz", (int)mode, mask, address, size)
CALL(suppress_mark_range, (__itt_suppress_mode_t mode, unsigned int mask, void *address, size_t size),
     "iuPz", (int)mode, mask, address, size)
CALL(suppress_pop, (void), "")
CALL(suppress_push, (unsigned int mask), "u", mask)
CALL(sync_create, (void *addr, const char *objtype, const char *objname, int attribute), "PTTi", addr,
     objtype, objname, attribute)
CALL(sync_destroy, (void *addr), "P", addr)
CALL(sync_rename, (void *addr, const char *name), "PT", addr, name)
CALL(sync_set_name, (void *addr, const char *objtype, const char *objname, int attribute), "PTTi", addr,
     objtype, objname, attribute)
CALL(task_begin, (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name),
     "DIIS", domain, &id, &parent, name)
CALL(task_begin_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_id id, __itt_id parentid, __itt_string_handle *name), "DKUIIS",
     domain, clock_domain, timestamp, &id, &parentid, name)
CALL(task_begin_fn, (const __itt_domain *domain, __itt_id id, __itt_id parent, void *fn), "DIIP", domain,
     &id, &parent, fn)
CALL(task_begin_fn_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_id id, __itt_id parentid, void *fn), "DKUIIP", domain,
     clock_domain, timestamp, &id, &parentid, fn)
CALL(task_begin_overlapped,
     (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name), "DIIS", domain,
     &id, &parent, name)
CALL(task_begin_overlapped_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_id id, __itt_id parentid, __itt_string_handle *name), "DKUIIS",
     domain, clock_domain, timestamp, &id, &parentid, name)
CALL(task_end, (const __itt_domain *domain), "D", domain)
CALL(task_end_ex,
     (const __itt_domain *domain, __itt_clock_domain *clock_domain, unsigned long long timestamp), "DKU",
     domain, clock_domain, timestamp)
CALL(task_end_overlapped, (const __itt_domain *domain, __itt_id id), "DI", domain, &id)
CALL(task_end_overlapped_ex, (const __itt_domain *domain, __itt_clock_domain *clock_domain,
      unsigned long long timestamp, __itt_id id), "DKUI", domain, clock_domain, timestamp, &id)
CALL(task_group, (const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name),
     "DIIS", domain, &id, &parent, name)
CALL(thr_ignore, (void), "")
DATA(thr_mode_set, __itt_thr_state_t, __itt_thr_state_set, (__itt_thr_prop_t p, __itt_thr_state_t s), "ii",
     (int)p, (int)s)
DATA(thr_name_set, int, 128, (const char *name, int namelen), "Ti", name, namelen)
CALL(thread_ignore, (void), "")
CALL(thread_set_name, (const char *name), "T", name)
DATA(track_create, __itt_track *, track_make(name),
     (__itt_track_group *track_group, __itt_string_handle *name, __itt_track_type track_type), "GSi",
     track_group, name, (int)track_type)
DATA(track_group_create, __itt_track_group *, group_make(name),
     (__itt_string_handle *name, __itt_track_group_type track_group_type), "Si", name, (int)track_group_type)
CALL(mark_pt_region_begin, (__itt_pt_region region), "i", region)
CALL(mark_pt_region_end, (__itt_pt_region region), "i", region)
/* clang-format on */
