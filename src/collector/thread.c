#define _GNU_SOURCE
#include "thread.h"
#include "guard.h"
#include "join.h"
#include "lane.h"
#include "process.h"
#include "task.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define WRITERS_MAX 16384u

/* What `busy` a thread sees that has no writer yet, and one that is about to get it. Constant. */
_Alignas(struct writer) const uint32_t thread_none = 1;
static _Alignas(struct writer) const uint32_t starting = 1;
#define WRITER_NONE     ((struct writer *)(uintptr_t)&thread_none)
#define WRITER_STARTING ((struct writer *)(uintptr_t)&starting)

__thread uintptr_t thread_distance __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* The one before. */
static struct writer *set_writer(const struct writer *w)
{
    uintptr_t none = (uintptr_t)&thread_none;
    return (struct writer *)(none +
                             __atomic_exchange_n(&thread_distance, (uintptr_t)w - none, __ATOMIC_RELAXED));
}

/*
 * All writers ever made. Kept by fork: the child's threads may take those that were free. A state is changed by
 * compare-and-swap (acquire to take, release to give back).
 */
enum { WRITER_ABSENT, WRITER_FREE, WRITER_TAKING, WRITER_TAKEN };
static struct writer *registry[WRITERS_MAX];
static _Atomic uint8_t registry_state[WRITERS_MAX];
static _Atomic uint32_t registry_count;
static pthread_key_t exit_key;

static uint32_t registry_find(const struct writer *w)
{
    uint32_t count = atomic_load_explicit(&registry_count, memory_order_acquire);
    for (uint32_t i = 0; i < count && i < WRITERS_MAX; i++) {
        if (registry[i] == w)
            return i + 1;
    }
    return 0;
}

static struct writer *registry_take(void)
{
    uint32_t count = atomic_load_explicit(&registry_count, memory_order_acquire);
    for (uint32_t i = 0; i < count && i < WRITERS_MAX; i++) {
        uint8_t state = WRITER_FREE;
        if (atomic_load_explicit(&registry_state[i], memory_order_relaxed) == WRITER_FREE &&
            atomic_compare_exchange_strong_explicit(&registry_state[i], &state, WRITER_TAKING,
                                                    memory_order_acquire, memory_order_relaxed)) {
            registry[i]->index = i + 1;
            atomic_store_explicit(&registry_state[i], WRITER_TAKEN, memory_order_release);
            return registry[i];
        }
    }
    if (count >= WRITERS_MAX)
        return NULL;
    struct writer *w = process_wiped_memory(WRITER_SIZE + ITT_LARGE_CHUNK);
    if (w == NULL)
        return NULL;
    uint32_t i = atomic_fetch_add_explicit(&registry_count, 1, memory_order_acq_rel);
    if (i >= WRITERS_MAX) {
        munmap(w, WRITER_SIZE + ITT_LARGE_CHUNK);
        return NULL;
    }
    w->index = i + 1;
    registry[i] = w;
    atomic_store_explicit(&registry_state[i], WRITER_TAKEN, memory_order_release);
    return w;
}

/*
 * The first event of a forked child by the thread that forked: the writers of its parent's other threads, wiped and
 * still marked taken, are free. (Another thread cannot tell them from the forking thread's own.)
 */
static void free_writers_of_the_dead(void)
{
    struct writer *own = thread_writer();
    if (own == WRITER_STARTING || own == WRITER_NONE || own->index != 0)
        return;
    uint32_t count = atomic_load_explicit(&registry_count, memory_order_acquire);
    for (uint32_t i = 0; i < count && i < WRITERS_MAX; i++) {
        if (registry[i] != NULL && registry[i] != own &&
            atomic_load_explicit(&registry_state[i], memory_order_acquire) == WRITER_TAKEN &&
            registry[i]->index == 0)
            atomic_store_explicit(&registry_state[i], WRITER_FREE, memory_order_release);
    }
}

/*
 * At once: whoever writes there meanwhile writes to the file or to nowhere. By mremap(), as ThreadSanitizer takes an mmap()
 * for a write of this thread.
 */
static void window_clear(struct writer *w)
{
    void *empty = mmap(NULL, ITT_LARGE_CHUNK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (empty != MAP_FAILED && mremap(empty, ITT_LARGE_CHUNK, ITT_LARGE_CHUNK, MREMAP_MAYMOVE | MREMAP_FIXED,
                                      writer_slot(w)) == MAP_FAILED)
        munmap(empty, ITT_LARGE_CHUNK);
}

/* A free writer of the recording: taken for a moment, it forgets it. */
static bool forget_free(uint32_t i, struct join *join)
{
    struct writer *w = registry[i];
    uint8_t state = WRITER_FREE;
    if (!atomic_compare_exchange_strong_explicit(&registry_state[i], &state, WRITER_TAKING,
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    if (atomic_load(&w->join) == join) {
        window_clear(w);
        w->slot_size = 0;
        w->rest = NULL;
        atomic_store(&w->join, NULL);
    }
    atomic_store_explicit(&registry_state[i], WRITER_FREE, memory_order_release);
    return true;
}

uint32_t thread_sweep(struct join *join, bool windows)
{
    uint32_t count = atomic_load_explicit(&registry_count, memory_order_acquire), still = 0;
    for (uint32_t i = 0; i < count && i < WRITERS_MAX; i++) {
        struct writer *w = atomic_load_explicit(&registry_state[i], memory_order_acquire) == WRITER_ABSENT
                               ? NULL
                               : registry[i];
        if (w == NULL || atomic_load(&w->join) != join || forget_free(i, join))
            continue;
        still++;
        /* A writer that is about to map a slot has gone over to the next recording before it takes the lock. */
        if (windows && atomic_exchange_explicit(&w->window_lock, 1, memory_order_acquire) == 0) {
            if (atomic_load(&w->join) == join)
                window_clear(w);
            writer_unlock_window(w);
        }
    }
    return still;
}

/*
 * The destructors of other keys may label too: they have had their turn when this has come back, and there is a fourth round
 * (PTHREAD_DESTRUCTOR_ITERATIONS) for a label that comes even later.
 */
#define FAREWELLS 3

static void give_back(void *value)
{
    struct writer *w = value;
    if (++w->farewells < FAREWELLS && pthread_setspecific(exit_key, w) == 0)
        return;
    w->farewells = 0;
    w->busy = 1; /* a signal handler of this thread finds it so until it is another's */
    if (w->index == 0)
        w->index = registry_find(w);
    if (w->at != NULL)
        w->rest = w->at;
    task_abandon(w);
    lane_leave(w);
    writer_reset(w);
    w->custom = 0;
    w->stitch_name = 0;
    w->thread_name[0] = '\0';
    set_writer(WRITER_NONE);
    platform_fence();
    w->busy = 0;
    if (w->index != 0)
        atomic_store_explicit(&registry_state[w->index - 1], WRITER_FREE, memory_order_release);
}

/*
 * A handler may fork in the middle of a label and return in the child, which then goes on with it: that must find
 * memory to write to, and nothing of it may reach a file, as half of what it says was wiped. (Nobody forks within room_advance().)
 */
static __thread struct {
    bool busy;
    uint8_t *at;
    uint8_t *end;
    struct recording_head *head;
    struct process *process;
    struct join *join;
} forked __attribute__((tls_model("initial-exec")));

static void before_fork(void)
{
    struct writer *w = thread_writer();
    forked.busy = w != WRITER_NONE && w != WRITER_STARTING && w->busy;
    if (forked.busy) {
        forked.at = w->at;
        forked.end = w->end;
        forked.head = w->head;
        forked.process = w->process;
        forked.join = w->join;
    }
}

static void after_fork(void)
{
    struct writer *w = thread_writer();
    join_forked();
    if (w == WRITER_NONE || w == WRITER_STARTING)
        return;
    window_clear(w);
    if (forked.busy) {
        w->at = forked.at;
        w->end = forked.end;
        w->head = forked.head;
        w->process = forked.process;
        w->join = join_astray(forked.join);
        w->busy = 1;
        w->depth = 1; /* the call may count one off */
    }
}

int thread_init(void)
{
    process_init(free_writers_of_the_dead);
    int error = pthread_key_create(&exit_key, give_back);
    return error != 0 ? error : pthread_atfork(before_fork, NULL, after_fork);
}

static void count_lost(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* What a call that went astray has left: here and there something, and zeros elsewhere. */
static void forget_astray(struct writer *w)
{
    const uint32_t index = w->index;
    madvise(w, WRITER_SIZE, MADV_DONTNEED);
    w->busy = 1;
    w->index = index;
}

/* The recording that is on now becomes the writer's: seen to be so before anybody can take it for one that nobody has. */
static void go_over(struct writer *w)
{
    struct join *join = atomic_load_explicit(&w->join, memory_order_relaxed);
    if (join != NULL && join->astray)
        forget_astray(w);
    do {
        join = join_now();
        atomic_store(&w->join, join);
    } while (atomic_load(&joined) != join);
    w->head = join->head;
    if (w->process != NULL) /* else its memory is new, or was wiped: all zeros */
        writer_reset(w);
    w->process = process_in(join); /* it may be this thread that tells of it first */
    w->slot_size = 0;
    w->rest = NULL;
    w->freed_first = w->freed_end = 0;
}

bool thread_follow(struct writer *w)
{
    struct join *join = join_now();
    bool on = !join_is_over(join);
    struct guard guard = guard_enter();
    if (!on)
        join_leave(join);
    else if (atomic_load_explicit(&w->join, memory_order_relaxed) != join)
        go_over(w);
    guard_leave(guard);
    return on;
}

/*
 * A handler may interrupt this anywhere, and make the thread's writer itself: whoever swaps WRITER_NONE out makes
 * it, and everybody else takes or leaves what is there.
 */
struct writer *thread_enter_slow(void)
{
    struct join *join = join_now();
    struct writer *w = set_writer(WRITER_STARTING);
    platform_fence();
    if (w != WRITER_NONE) {
        bool idle = w->busy == 0;
        if (idle)
            w->busy = 1;
        platform_fence();
        set_writer(w);
        if (idle && thread_is_behind(w) && !thread_follow(w)) {
            thread_leave(w);
            return NULL;
        }
        if (idle)
            return w;
        count_lost(&join->head->lost_nested);
        return NULL;
    }
    if (join_is_over(join)) {
        set_writer(WRITER_NONE);
        return NULL;
    }
    struct guard guard = guard_enter();
    process_in(join);
    w = registry_take();
    if (w != NULL) {
        w->busy = 1;
        platform_fence();
        pthread_setspecific(exit_key, w);
    } else {
        count_lost(&join->head->lost_space);
        atomic_fetch_add_explicit(&join->head->failed_joins, 1, memory_order_relaxed);
        atomic_store_explicit(&join->head->join_error, ENOMEM, memory_order_relaxed);
    }
    platform_fence();
    set_writer(w != NULL ? w : WRITER_NONE);
    if (w != NULL) {
        w->busy = 1; /* once more: a handler may have forked since */
        platform_fence();
        if (atomic_load_explicit(&w->join, memory_order_relaxed) != join)
            go_over(w);
    }
    guard_leave(guard);
    return w;
}

bool thread_shut(void)
{
    struct writer *w = thread_writer();
    if (w == WRITER_NONE) {
        w = set_writer(WRITER_STARTING);
        if (w == WRITER_NONE)
            return true;
        set_writer(w); /* a handler was faster */
    }
    bool idle = w->busy == 0;
    if (idle)
        w->busy = 1;
    platform_fence();
    return idle;
}

void thread_open(void)
{
    struct writer *w = thread_writer();
    platform_fence();
    if (w == WRITER_STARTING)
        set_writer(WRITER_NONE);
    else
        w->busy = 0;
}

void thread_begin(struct writer *w)
{
    process_count(w->join);
    if (w->index == 0) {
        /* A forked child: a call that a handler forked in the middle of has left something. */
        w->index = registry_find(w);
        w->at = w->limit = w->end = w->fast_end = NULL;
        w->depth = w->overflow = 0;
        w->segment = UINT32_MAX; /* of which the next one knows nothing */
    }
    w->thread_id = platform_thread_id();
    w->track = process_new_track(w->join);
    clock_start(&w->clock);
    atomic_fetch_add_explicit(&w->head->threads, 1, memory_order_relaxed);
}
