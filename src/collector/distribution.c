#define _GNU_SOURCE
#include "distribution.h"
#include "guard.h"
#include "instant.h"
#include "join.h"
#include "thread.h"

#define HISTOGRAMS 1024u

/* Each is there when its key is, which never changes; whoever finds it fills in the same. */
static struct {
    _Atomic uint64_t key; /* made . types 4, 4 . domain's iid 20 . name's iid 20 */
    __itt_histogram object;
} histograms[HISTOGRAMS];

static uint32_t iid_of(const char *text)
{
    const struct name *name = name_intern(text);
    return name == NULL ? 0 : name->iid;
}

__itt_histogram *distribution_create(const __itt_domain *domain, const char *name, __itt_metadata_type x_type,
                                     __itt_metadata_type y_type)
{
    uint32_t category = domain == NULL ? 0 : name_of_domain(domain), iid = iid_of(name);
    const uint64_t wanted = (uint64_t)1 << 63 | (uint64_t)(x_type & 0xf) << 44 |
                            (uint64_t)(y_type & 0xf) << 40 | (uint64_t)category << 20 | iid;
    for (uint32_t i = 0; i < HISTOGRAMS && iid != 0; i++) {
        uint64_t key = atomic_load_explicit(&histograms[i].key, memory_order_relaxed);
        if (key == 0 && atomic_compare_exchange_strong_explicit(&histograms[i].key, &key, wanted,
                                                                memory_order_relaxed, memory_order_relaxed))
            key = wanted;
        if (key != wanted)
            continue;
        __itt_histogram *object = &histograms[i].object;
        __atomic_store_n(&object->domain, domain, __ATOMIC_RELAXED);
        __atomic_store_n(&object->nameA, name_text(iid).bytes, __ATOMIC_RELAXED);
        __atomic_store_n(&object->x_type, x_type, __ATOMIC_RELAXED);
        __atomic_store_n(&object->y_type, y_type, __ATOMIC_RELAXED);
        return object;
    }
    atomic_fetch_add_explicit(&join_now()->head->names_beyond, 1, memory_order_relaxed);
    return NULL;
}

/* Clients also submit to those that their static part made. */
void distribution_submit(__itt_histogram *histogram, size_t length, void *x, void *y)
{
    struct writer *w = histogram == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    const struct annotation annotations[2] = {{{"x", 1}, true, (uint32_t)histogram->x_type, length, x},
                                              {{"y", 1}, true, (uint32_t)histogram->y_type, length, y}};
    struct event event = {.type = EVENT_INSTANT,
                          .name = iid_of(histogram->nameA),
                          .category = histogram->domain == NULL ? 0 : name_of_domain(histogram->domain),
                          .kind = ITT_KIND_HISTOGRAM,
                          .annotations = annotations,
                          .annotation_count = 2};
    if (event.name == 0)
        event.name_text = (struct text){"histogram", 9};
    if (instant_wanted(w))
        instant_write(w, &event);
    thread_leave(w);
    guard_leave(guard);
}
