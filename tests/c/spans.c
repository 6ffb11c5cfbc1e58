/* Overlapped tasks, regions, frames and events: spans SCENE [NUMBER...]. */
#include "spans.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each of the three kinds, crossing the others of its kind and a plain task. */
static void crossing(void)
{
    __itt_id a = id_of(1), b = id_of(2);
    __itt_task_begin(one, __itt_null, __itt_null, outer);
    __itt_task_begin_overlapped(one, a, __itt_null, inner);
    __itt_task_begin_overlapped(one, b, a, third);
    __itt_region_begin(two, a, __itt_null, inner);
    __itt_region_begin(two, b, __itt_null, NULL);
    __itt_frame_begin_v3(three, NULL);
    __itt_frame_begin_v3(three, &a);
    pass(20);
    __itt_task_end(one);
    __itt_frame_end_v3(three, NULL);
    __itt_frame_end_v3(three, &a);
    __itt_region_end(two, a);
    __itt_region_end(two, b);
    __itt_task_end_overlapped(one, a);
    pass(20);
    __itt_task_end_overlapped(one, b);
}

/* n open at once, ended in another order. */
static void many(long n)
{
    for (long i = 0; i < n; i++)
        __itt_task_begin_overlapped(one, id_of((unsigned long long)i + 1), __itt_null, name_of("n", i % 100));
    for (long i = 0; i < n; i++)
        __itt_task_end_overlapped(one, id_of((unsigned long long)((i * 7919) % n) + 1));
}

/* What nobody should do. */
static void wrong(void)
{
    __itt_id a = id_of(1), b = id_of(2);
    __itt_task_end_overlapped(one, a); /* 1 unmatched */
    __itt_region_end(one, a);          /* 2 */
    __itt_frame_end_v3(one, NULL);     /* 3 */
    __itt_frame_end_v3(one, &a);       /* 4 */
    __itt_task_begin_overlapped(one, a, __itt_null, outer);
    __itt_task_begin_overlapped(one, a, __itt_null, inner); /* the same id: the later one ends first */
    pass(10);
    __itt_task_end_overlapped(two, a); /* 5: of another domain */
    __itt_region_end(one, a);          /* 6: of another kind */
    __itt_task_end_overlapped(one, a);
    pass(10);
    __itt_task_end_overlapped(one, a);
    __itt_task_end_overlapped(one, a); /* 7 */
    __itt_frame_begin_v3(one, &b);
    __itt_frame_begin_v3(one, &b); /* ignored */
    __itt_frame_end_v3(one, &b);
    __itt_frame_end_v3(one, &b); /* 8 */
    for (int i = 0; i < 3; i++)  /* no id: the innermost of the thread */
        __itt_task_begin_overlapped(one, __itt_null, __itt_null, name_of("null", i));
    for (int i = 0; i < 4; i++) /* 9 */
        __itt_task_end_overlapped(one, __itt_null);
    __itt_region_begin(one, __itt_null, __itt_null, name_of("null region", 0));
    __itt_region_end(one, __itt_null);
    __itt_task_begin_overlapped(one, b, __itt_null, name_of("open", 0));
    __itt_region_begin(one, b, __itt_null, name_of("open", 1));
    __itt_frame_begin_v3(two, NULL);
}

/* A line each: kind, domain, name, and the bounds of begin and end that the program saw. */
struct open {
    int kind, domain;
    long serial;
    unsigned long long id;
    uint64_t before, after;
};

enum { OPEN_MAX = 600, KINDS = 3 };
static struct {
    pthread_mutex_t lock;
    struct open open[OPEN_MAX];
    long count, serial, steps;
    unsigned state;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static __itt_domain *const *domains(void)
{
    static __itt_domain *all[3];
    all[0] = one, all[1] = two, all[2] = three;
    return all;
}

static unsigned dice(unsigned sides)
{
    shared.state = shared.state * 1664525u + 1013904223u;
    return (shared.state >> 8) % sides;
}

static void step_begin(void)
{
    struct open it = {(int)dice(KINDS), (int)dice(3), shared.serial++, dice(400) + 1, 0, 0};
    __itt_domain *domain = domains()[it.domain];
    __itt_id id = id_of(it.id);
    for (long i = 0; i < shared.count && it.kind == 2; i++) {
        if (shared.open[i].kind == 2 && shared.open[i].domain == it.domain && shared.open[i].id == it.id)
            return; /* this frame is open */
    }
    __itt_string_handle *name = name_of(it.kind == 0 ? "task " : "region ", it.serial);
    it.before = now();
    if (it.kind == 0)
        __itt_task_begin_overlapped(domain, id, __itt_null, name);
    else if (it.kind == 1)
        __itt_region_begin(domain, id, __itt_null, name);
    else
        __itt_frame_begin_v3(domain, &id);
    it.after = now();
    shared.open[shared.count++] = it;
}

/* Of several with one id the latest is meant. */
static void step_end(void)
{
    long i = (long)dice((unsigned)shared.count);
    for (long later = i + 1; later < shared.count; later++) {
        if (shared.open[later].kind == shared.open[i].kind &&
            shared.open[later].domain == shared.open[i].domain && shared.open[later].id == shared.open[i].id)
            i = later;
    }
    struct open it = shared.open[i];
    __itt_domain *domain = domains()[it.domain];
    __itt_id id = id_of(it.id);
    uint64_t before = now();
    if (it.kind == 0)
        __itt_task_end_overlapped(domain, id);
    else if (it.kind == 1)
        __itt_region_end(domain, id);
    else
        __itt_frame_end_v3(domain, &id);
    uint64_t after = now();
    printf("%d %d %ld %llu %llu %llu %llu\n", it.kind, it.domain + 1, it.serial,
           (unsigned long long)it.before, (unsigned long long)it.after, (unsigned long long)before,
           (unsigned long long)after);
    shared.count--;
    memmove(&shared.open[i], &shared.open[i + 1], (size_t)(shared.count - i) * sizeof it);
}

static void *walk_along(void *unused)
{
    for (bool more = true; more;) {
        pthread_mutex_lock(&shared.lock);
        bool begins = shared.serial < shared.steps && shared.count < OPEN_MAX &&
                      (shared.count == 0 || dice(16) < (shared.serial < shared.steps / 2 ? 9u : 7u));
        if (begins)
            step_begin();
        else if (shared.count > 0)
            step_end();
        more = shared.serial < shared.steps || shared.count > 0;
        pthread_mutex_unlock(&shared.lock);
    }
    return unused;
}

/* Random begins and ends, each by one of several threads. */
static void walk(long steps, long seed, long threads)
{
    pthread_t all[16];
    shared.steps = steps;
    shared.state = (unsigned)seed * 2654435761u + 1;
    for (long i = 0; i < threads; i++)
        pthread_create(&all[i], NULL, walk_along, NULL);
    for (long i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
}

/* Threads hand each other what they began, without any order between them. */
static _Atomic long baton[1024];

static void *relay_along(void *number)
{
    long me = (long)(intptr_t)number;
    unsigned state = (unsigned)me + 1;
    for (long i = 0; i < 20000; i++) {
        state = state * 1664525u + 1013904223u;
        _Atomic long *place = &baton[(state >> 8) % 1024];
        long mine = me * 20000 + i + 1;
        __itt_task_begin_overlapped(one, id_of((unsigned long long)mine), __itt_null, inner);
        long other = atomic_exchange(place, mine);
        if (other != 0)
            __itt_task_end_overlapped(one, id_of((unsigned long long)other));
    }
    return NULL;
}

static void relay(long threads)
{
    pthread_t all[16];
    for (long i = 0; i < threads; i++)
        pthread_create(&all[i], NULL, relay_along, (void *)(intptr_t)i);
    for (long i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    for (int i = 0; i < 1024; i++) {
        long left = atomic_load(&baton[i]);
        if (left != 0)
            __itt_task_end_overlapped(one, id_of((unsigned long long)left));
    }
}

/* n threads, one after the other; each ends what the one before began. */
static void *chain_link(void *number)
{
    unsigned long long n = (unsigned long long)(intptr_t)number;
    __itt_task_begin_overlapped(one, id_of(n + 1), __itt_null, inner);
    if (n > 0)
        __itt_task_end_overlapped(one, id_of(n));
    return NULL;
}

static void chain(long n)
{
    for (long i = 0; i < n; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, chain_link, (void *)(intptr_t)i);
        pthread_join(thread, NULL);
    }
}

static pthread_barrier_t together;

static void *crowd_member(void *number)
{
    unsigned long long n = (unsigned long long)(intptr_t)number;
    pthread_barrier_wait(&together);
    __itt_task_begin_overlapped(one, id_of(n + 1), __itt_null, inner);
    __itt_region_begin(two, id_of(n + 1), __itt_null, inner);
    pthread_barrier_wait(&together);
    __itt_region_end(two, id_of(n + 1));
    __itt_task_end_overlapped(one, id_of(n + 1));
    return NULL;
}

/* n threads at once. */
static void crowd(long n)
{
    pthread_t *all = calloc((size_t)n, sizeof *all);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    pthread_barrier_init(&together, NULL, (unsigned)n);
    for (long i = 0; i < n; i++) {
        if (pthread_create(&all[i], &small, crowd_member, (void *)(intptr_t)i) != 0)
            exit(3);
    }
    for (long i = 0; i < n; i++)
        pthread_join(all[i], NULL);
    free(all);
}

static void submitted(void)
{
    const __itt_timestamp none = (__itt_timestamp)-1;
    __itt_domain *four = __itt_domain_create("four");
    __itt_timestamp start = __itt_get_timestamp();
    __itt_id a = id_of(1);
    pass(100);
    __itt_frame_submit_v3(one, NULL, start + 1000, start + 3000);
    __itt_frame_submit_v3(one, NULL, start + 3000, start + 5000); /* touches the one before */
    __itt_frame_submit_v3(one, &a, start + 2000, start + 4000);   /* crosses both */
    __itt_frame_submit_v3(one, NULL, start + 50000, none);
    __itt_frame_submit_v3(two, NULL, start + 9000, start + 7000); /* ends before it begins */
    __itt_frame_submit_v3(two, NULL, 0, 0);
    __itt_frame_submit_v3(two, NULL, start + 6000, start + 3600000000000ull); /* ends in an hour */
    for (long i = 100; i-- > 0;)                                              /* backwards */
        __itt_frame_submit_v3(three, NULL, start + (unsigned long long)i * 100,
                              start + (unsigned long long)i * 100 + 50);
    for (unsigned long long i = 0; i < 100; i++) { /* one after the other */
        __itt_id id = id_of((long)i + 10);
        __itt_frame_submit_v3(four, i % 2 ? &id : NULL, start + i * 100, start + i * 100 + 50);
        if (i == 99)
            __itt_task_begin(four, __itt_null, id, name_of("after", 99));
    }
    __itt_task_end(four);
    printf("%llu\n", start);
}

static void paused(void)
{
    __itt_id a = id_of(1), b = id_of(2), c = id_of(3);
    __itt_task_begin_overlapped(one, a, __itt_null, name_of("across", 0));
    __itt_pause();
    __itt_task_begin_overlapped(one, b, __itt_null, name_of("hidden", 0)); /* 1 */
    __itt_region_begin(one, b, __itt_null, name_of("hidden", 1));          /* 2 */
    __itt_frame_begin_v3(one, NULL);                                       /* 3 */
    __itt_frame_submit_v3(one, NULL, 1, 2);                                /* 4 */
    __itt_task_begin_overlapped(one, c, __itt_null, name_of("hidden", 2)); /* 5 */
    __itt_task_end_overlapped(one, c);
    __itt_resume();
    __itt_task_end_overlapped(one, b);
    __itt_region_end(one, b);
    __itt_frame_end_v3(one, NULL);
    __itt_task_end_overlapped(one, a);
    __itt_frame_begin_v3(one, NULL);
    __itt_frame_end_v3(one, NULL);
    __itt_task_begin_overlapped(one, a, __itt_null, name_of("open", 0));
    __itt_detach();
    __itt_task_end_overlapped(one, a);
    __itt_task_end_overlapped(one, a);
    __itt_task_begin_overlapped(one, a, __itt_null, name_of("late", 0));
}

/* A child knows nothing of what its parent has open, and the parent goes on. */
static void forked(long n)
{
    for (long i = 0; i < n; i++) {
        __itt_task_begin_overlapped(one, id_of(1), __itt_null, name_of("parent", 0));
        __itt_frame_begin_v3(two, NULL);
        pid_t child = fork();
        if (child == 0) {
            __itt_task_end_overlapped(one, id_of(1)); /* unmatched */
            __itt_frame_begin_v3(two, NULL);
            __itt_task_begin_overlapped(one, id_of(1), __itt_null, name_of("child", 0));
            __itt_frame_end_v3(two, NULL);
            __itt_task_end_overlapped(one, id_of(1));
            _exit(0);
        }
        waitpid(child, NULL, 0);
        __itt_frame_end_v3(two, NULL);
        __itt_task_end_overlapped(one, id_of(1));
    }
}

static void old_frames(void)
{
    __itt_frame frame = __itt_frame_create("old frame");
    __itt_frame same = __itt_frame_create("old frame");
    __itt_frame_begin(frame);
    __itt_frame_begin(same);
    __itt_frame_end(frame);
    __itt_frame_end(same); /* unmatched */
}

static void *end_global(void *mark)
{
    __itt_mark_global_off((__itt_mark_type)(intptr_t)mark);
    return NULL;
}

static void events(void)
{
    __itt_event load = __itt_event_create("loadxyz", 4), never = __itt_event_create("never", 5);
    __itt_event twice = __itt_event_create("twice", -1), across = __itt_event_create("across", 6);
    __itt_mark_type mark = __itt_mark_create("a mark"), single = __itt_mark_create("single");
    __itt_mark_type global = __itt_mark_create("global"), alone = __itt_mark_create("global alone");
    pthread_t other;
    printf("%d\n", __itt_event_create("load", 4) == load);
    __itt_event_start(across);
    __itt_event_start(load);
    pass(20);
    __itt_event_end(load);
    __itt_event_start(never);
    __itt_event_start(twice);
    pass(10);
    __itt_event_start(twice);
    __itt_event_end(twice);
    pass(10);
    __itt_event_end(twice);
    __itt_event_end(twice);                      /* 1 unmatched */
    __itt_event_end(__itt_event_create("x", 1)); /* 2 */
    printf("%d %d %d\n", __itt_event_start(-5), __itt_event_end(60000), __itt_mark(0, "x"));
    __itt_mark(mark, "value 7");
    pass(10);
    __itt_mark_off(mark);
    __itt_mark_off(mark); /* 3 */
    for (int i = 0; i < 100; i++)
        __itt_mark(single, NULL);
    __itt_event_end(across); /* 4: forgotten, so many have begun since */
    __itt_event_start(across);
    for (int i = 0; i < 30000; i++) {
        __itt_task_begin(one, __itt_null, __itt_null, inner);
        __itt_task_end(one);
    }
    __itt_event_end(across);
    __itt_mark_global(alone, "alone");
    __itt_mark_global(global, "here");
    __itt_mark_global_off(global);
    __itt_mark_global(global, "there");
    pthread_create(&other, NULL, end_global, (void *)(intptr_t)global);
    pthread_join(other, NULL);
    __itt_mark_global_off(global); /* 5 */
    __itt_pause();
    __itt_event_start(load);
    __itt_mark_global(global, NULL);
    __itt_resume();
    __itt_event_end(load);
    __itt_mark_global_off(global);
    printf("%d\n", __itt_event_start(load));
}

/* More names than have numbers. */
static void names(long n)
{
    for (long i = 0; i < n; i++)
        __itt_string_handle_create(name_of("made ", i)->strA);
    for (long i = 0; i < 300; i++)
        __itt_task_begin_overlapped(one, id_of((unsigned long long)i + 1), __itt_null, name_of("late ", i));
    for (long i = 0; i < 300; i++)
        __itt_task_end_overlapped(one, id_of((unsigned long long)i + 1));
}

/* One of each kind. */
static void one_each(unsigned long long number)
{
    __itt_event event = __itt_event_create("event", -1);
    __itt_task_begin_overlapped(one, id_of(number), __itt_null, inner);
    __itt_region_begin(two, id_of(number), __itt_null, inner);
    __itt_frame_begin_v3(three, NULL);
    __itt_event_start(event);
    __itt_event_end(event);
    __itt_frame_end_v3(three, NULL);
    __itt_region_end(two, id_of(number));
    __itt_task_end_overlapped(one, id_of(number));
}

static atomic_long handled;
static atomic_int child;

static void label_in_handler(int signal)
{
    (void)signal;
    __itt_task_begin_overlapped(two, id_of(7777777), __itt_null, outer);
    __itt_task_end_overlapped(two, id_of(7777777));
    atomic_fetch_add(&handled, 1);
}

static void fork_in_handler(int signal)
{
    (void)signal;
    if (fork() == 0)
        atomic_store(&child, 1);
    else
        atomic_fetch_add(&handled, 1);
}

/* n of each kind, in the midst of which a handler labels, or forks: then the child goes on with the label. */
static void signals(long n, long forks)
{
    struct sigaction action = {.sa_handler = forks > 0 ? fork_in_handler : label_in_handler,
                               .sa_flags = SA_RESTART};
    long every = forks > 0 ? 3000 : 50;
    struct itimerval timer = {{0, every}, {0, every}}, none = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    for (long i = 1; i <= n || (forks > 0 && atomic_load(&handled) < forks); i++) {
        one_each((unsigned long long)i);
        if (atomic_load(&child)) {
            one_each(1);
            _exit(0);
        }
        n = i > n ? i : n;
    }
    setitimer(ITIMER_REAL, &none, NULL);
    while (wait(NULL) > 0)
        continue;
    printf("%ld %ld\n", n, atomic_load(&handled));
}

/* Until it is killed. */
static void endless(void)
{
    for (unsigned long long i = 1;; i++) {
        __itt_task_begin_overlapped(one, id_of(i), __itt_null, inner);
        __itt_region_begin(one, id_of(i), __itt_null, inner);
        __itt_frame_submit_v3(two, NULL, __itt_get_timestamp() - 100, (__itt_timestamp)-1);
        __itt_region_end(one, id_of(i));
        __itt_task_end_overlapped(one, id_of(i));
    }
}

int main(int argc, char **argv)
{
    const char *scene = argc > 1 ? argv[1] : "";
    long numbers[3] = {0};
    for (int i = 2; i < argc && i < 5; i++)
        numbers[i - 2] = atol(argv[i]);
    set_up();
    SCENE(crossing, crossing())
    SCENE(many, many(numbers[0]))
    SCENE(wrong, wrong())
    SCENE(walk, walk(numbers[0], numbers[1], numbers[2]))
    SCENE(relay, relay(numbers[0]))
    SCENE(chain, chain(numbers[0]))
    SCENE(crowd, crowd(numbers[0]))
    SCENE(submitted, submitted())
    SCENE(paused, paused())
    SCENE(forked, forked(numbers[0]))
    SCENE(old_frames, old_frames())
    SCENE(events, events())
    SCENE(signals, signals(numbers[0], numbers[1]))
    SCENE(names, names(numbers[0]))
    SCENE(endless, endless())
    return 2;
}
