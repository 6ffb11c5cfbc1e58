#define _GNU_SOURCE
#include "stitch.h"
#include "flow.h"
#include "guard.h"
#include "instant.h"
#include "room.h"
#include "thread.h"
#include <stdio.h>
#include <sys/prctl.h>

bool stitch_ready(struct writer *w)
{
    if (w->live)
        return true;
    if (slice_is_over(w))
        return false;
    if (!room_reserve(w, 64))
        room_lost(w);
    return w->live;
}

static uint32_t iid_of(const char *text)
{
    const struct name *name = name_intern(text);
    return name == NULL ? NAME_MORE_DOMAINS : name->iid;
}

uint32_t stitch_word(enum stitch_word word)
{
    static const char *const words[STITCH_WORDS] = {"sync", "stitch", "caller", "callee"};
    static _Atomic uint32_t iids[STITCH_WORDS]; /* 0: not made yet; never changes then */
    uint32_t iid = atomic_load_explicit(&iids[word], memory_order_relaxed);
    if (iid == 0) {
        iid = iid_of(words[word]);
        atomic_store_explicit(&iids[word], iid, memory_order_relaxed);
    }
    return iid;
}

/* "NAME TID": looked up once a segment, which repeats the thread's name, too. */
uint32_t stitch_place(struct writer *w)
{
    char kernel[64] = "", text[WRITER_THREAD_NAME + 96];
    if (w->stitch_sequence != w->sequence || w->stitch_name == 0) {
        if (w->thread_name[0] == '\0')
            prctl(PR_GET_NAME, kernel);
        snprintf(text, sizeof text, "%s %u", w->thread_name[0] != '\0' ? w->thread_name : kernel,
                 w->thread_id);
        w->stitch_name = iid_of(text);
        w->stitch_sequence = w->sequence;
    }
    return lane_place(ITT_GROUP_SYNC, w->stitch_name);
}

/* A caller is the flow id of its instant: nothing to keep, and the same in a forked child. */
__itt_caller stitch_create(void)
{
    struct writer *w = thread_enter();
    uint64_t flow = 0;
    if (w == NULL)
        return NULL;
    struct guard guard = guard_enter();
    if (stitch_ready(w)) {
        flow = flow_new(w, (__itt_id){(uintptr_t)w, w->last, UINT64_MAX});
        struct event event = {.type = EVENT_INSTANT,
                              .kind = ITT_KIND_SYNC,
                              .category = stitch_word(STITCH_STITCH),
                              .name = stitch_word(STITCH_CALLER),
                              .flow = flow};
        if (instant_wanted(w))
            instant_write(w, &event);
    }
    thread_leave(w);
    guard_leave(guard);
    return (__itt_caller)(uintptr_t)flow;
}

void stitch_destroy(__itt_caller caller)
{
    (void)caller;
}

static struct span_key key_of(const struct writer *w, __itt_caller caller)
{
    return (struct span_key){
        {(uintptr_t)caller, w->track, UINT64_MAX}, stitch_word(STITCH_STITCH), ITT_KIND_SYNC};
}

void stitch_enter(__itt_caller caller)
{
    struct writer *w = caller == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    if (stitch_ready(w)) {
        struct slice slice = {.key = key_of(w, caller),
                              .place = stitch_place(w),
                              .name = stitch_word(STITCH_CALLEE),
                              .parent_flow = (uintptr_t)caller};
        struct span *span = slice_begin(w, &slice);
        if (span != NULL)
            span_open(slice_spans(w), span);
    }
    thread_leave(w);
    guard_leave(guard);
}

void stitch_leave(__itt_caller caller)
{
    struct writer *w = caller == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    uint64_t ticks = clock_ticks();
    struct guard guard = guard_enter();
    if (stitch_ready(w)) {
        const struct span_key key = key_of(w, caller);
        struct span *span = span_take(slice_spans(w), &key, id_hash(key.id));
        if (span == NULL)
            slice_miss(w);
        else
            slice_end(w, span, false, ticks);
    }
    thread_leave(w);
    guard_leave(guard);
}
