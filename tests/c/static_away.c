/* Compiled with INTEL_NO_ITTNOTIFY_API: nothing is left of the calls, not even their arguments; needs no library. */
#include "ittnotify.h"
#include "legacy/ittnotify.h"

int main(void)
{
    __itt_domain *domain = __itt_domain_create(no such name);
    __itt_event event = __itt_event_create("x", not evaluated);

    __itt_task_begin(domain, __itt_null, neither, nor);
    __itt_formatted_metadata_add(domain, nothing, here);
    __itt_task_end(domain);
    __itt_pause();
    __itt_mark_pt_region_begin(whatever);
    __itt_set_error_handler(none);
    __itt_fini_ittlib();
    __itt_release_resources();
    if (__itt_task_begin_ptr || __itt_init_ittlib(anything, at all))
        return 1;
    return (int)__itt_get_collection_state() + event + (domain != NULL);
}
