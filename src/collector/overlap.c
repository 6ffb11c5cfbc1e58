#define _GNU_SOURCE
#include "overlap.h"
#include "flow.h"
#include "guard.h"
#include "name.h"
#include "quick.h"
#include "slice.h"
#include "stamp.h"
#include "thread.h"
#include "track.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A time that the program gives, where `given`. */
struct moment {
    bool given;
    const __itt_clock_domain *clock;
    uint64_t timestamp;
};

/*
 * What ends must name. Without an id the innermost of the domain is meant: of the thread for tasks, of the process for
 * regions, which belong to no thread.
 */
static struct span_key key_of(const struct writer *w, uint32_t kind, const __itt_domain *domain, __itt_id id)
{
    struct span_key key = {.id = id, .domain = name_of_domain(domain), .kind = kind};
    if (id_is_null(id))
        key.id = (__itt_id){kind == ITT_KIND_REGION ? 0 : (uintptr_t)w, key.domain, UINT64_MAX};
    return key;
}

static __attribute__((noinline)) void begin(uint32_t kind, const __itt_domain *domain, __itt_id id,
                                            __itt_id parent, __itt_string_handle *name, struct moment moment)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    char clean[SPAN_TEXT_MAX];
    struct slice slice = {.key = key_of(w, kind, domain, id),
                          .name = name_of_handle(name),
                          .id = id,
                          .parent = parent,
                          .timed = moment.given};
    if (slice.name == 0 && name != NULL && name->strA != NULL)
        slice.name_text = (struct text){clean, name_clean(clean, sizeof clean, name->strA)};
    slice.place = lane_place(ITT_GROUP_REGIONS, slice.key.domain);
    if (kind == ITT_KIND_OVERLAPPED)
        slice.place =
            track_current(w) != 0 ? track_current(w) : lane_place(ITT_GROUP_TASKS, slice.key.domain);
    if (moment.given)
        slice.time = stamp_time(moment.clock, moment.timestamp);
    struct span *span = slice_begin(w, &slice);
    if (span != NULL)
        span_open(slice_spans(w), span);
    thread_leave(w);
    guard_leave(guard);
}

static __attribute__((noinline)) void end_slow(struct writer *w, struct span *span, struct moment moment,
                                               uint64_t ticks)
{
    struct guard guard = guard_enter();
    if (span == NULL)
        slice_miss(w);
    else if (moment.given)
        slice_end(w, span, true, stamp_time(moment.clock, moment.timestamp));
    else
        slice_end(w, span, false, ticks);
    thread_leave(w);
    guard_leave(guard);
}

static void end(uint32_t kind, const __itt_domain *domain, __itt_id id, struct moment moment)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    uint64_t ticks = clock_ticks();
    const struct span_key key = key_of(w, kind, domain, id);
    struct span *span = span_take(slice_spans(w), &key, id_hash(key.id));
    if (likely(span != NULL && !moment.given && clock_counts_ticks && quick_end(w, span, ticks)))
        thread_leave(w);
    else
        end_slow(w, span, moment, ticks);
}

/* The hot path; false: nothing was done, and the long way is needed. */
static inline bool begin_quick(uint32_t kind, uint32_t group, const __itt_domain *domain, __itt_id id,
                               __itt_id parent, const __itt_string_handle *name)
{
    struct writer *w = thread_writer();
    if (unlikely(w->busy || !clock_counts_ticks || domain == NULL || name == NULL || id_is_null(id) ||
                 !id_is_null(parent)))
        return false;
    w->busy = 1;
    platform_fence();
    const struct span_key key = {id, (uint32_t)domain->extra1, kind};
    bool done = w->custom == 0 && quick_begin(w, &key, group, (uint32_t)name->extra1, true);
    thread_leave(w);
    return done;
}

void overlap_begin(const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name)
{
    if (unlikely(!begin_quick(ITT_KIND_OVERLAPPED, ITT_GROUP_TASKS, domain, id, parent, name)))
        begin(ITT_KIND_OVERLAPPED, domain, id, parent, name, (struct moment){0});
}

void overlap_begin_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                      __itt_id id, __itt_id parent, __itt_string_handle *name)
{
    begin(ITT_KIND_OVERLAPPED, domain, id, parent, name, (struct moment){true, clock, timestamp});
}

void overlap_end(const __itt_domain *domain, __itt_id id)
{
    end(ITT_KIND_OVERLAPPED, domain, id, (struct moment){0});
}

void overlap_end_ex(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                    __itt_id id)
{
    end(ITT_KIND_OVERLAPPED, domain, id, (struct moment){true, clock, timestamp});
}

void overlap_begin_region(const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name)
{
    if (unlikely(!begin_quick(ITT_KIND_REGION, ITT_GROUP_REGIONS, domain, id, parent, name)))
        begin(ITT_KIND_REGION, domain, id, parent, name, (struct moment){0});
}

void overlap_end_region(const __itt_domain *domain, __itt_id id)
{
    end(ITT_KIND_REGION, domain, id, (struct moment){0});
}
