/* What a traced program may do to a collector, one function a scene: scenes NAME [NUMBER] [FILE]. */
#define _GNU_SOURCE
#include "memory.h"
#include <ittnotify.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static __itt_domain *one, *two, *three;
static __itt_string_handle *outer, *inner;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void begin(__itt_domain *domain, __itt_string_handle *name)
{
    __itt_task_begin(domain, __itt_null, __itt_null, name);
}

static void pairs(long n)
{
    for (long i = 0; i < n; i++) {
        begin(one, inner);
        __itt_task_end(one);
    }
}

static void nest(long n)
{
    begin(one, outer);
    pairs(n);
    __itt_task_end(one);
}

/* n tasks inside each other, and out again. */
static void deep(long n)
{
    for (long i = 0; i < n; i++)
        begin(one, inner);
    for (long i = 0; i < n; i++)
        __itt_task_end(one);
}

/* Random begins and ends in three domains; a line a task: name, and the bounds of its begin and end. */
struct task {
    int domain;
    long serial;
    uint64_t before, after;
};

static void walk(long n, long seed, FILE *out)
{
    static struct task open[4096];
    __itt_domain *domains[] = {one, two, three};
    long serial = 0, depth = 0;
    unsigned state = (unsigned)seed * 2654435761u + 1;
    while (serial < n || depth > 0) {
        state = state * 1664525u + 1013904223u;
        int domain = (int)(state >> 16) % 3;
        if (serial < n && depth < 4000 && state >> 28 < (serial < n / 2 ? 9 : 7)) {
            char name[64];
            snprintf(name, sizeof name, "%ld.%ld", seed, serial % 5000);
            __itt_string_handle *handle = __itt_string_handle_create(name);
            struct task *task = &open[depth++];
            *task = (struct task){domain, serial++, now(), 0};
            begin(domains[domain], handle);
            task->after = now();
            continue;
        }
        long i = depth - 1;
        while (i >= 0 && open[i].domain != domain)
            i--;
        if (i < 0)
            continue;
        uint64_t before = now();
        __itt_task_end(domains[domain]);
        uint64_t after = now();
        fprintf(out, "%ld.%ld %d %llu %llu %llu %llu\n", seed, open[i].serial % 5000, domain + 1,
                (unsigned long long)open[i].before, (unsigned long long)open[i].after,
                (unsigned long long)before, (unsigned long long)after);
        memmove(&open[i], &open[i + 1], (size_t)(depth - i - 1) * sizeof *open);
        depth--;
    }
}

static void *thread_pairs(void *n)
{
    char name[32];
    snprintf(name, sizeof name, "worker %ld", (long)(intptr_t)n);
    __itt_thread_set_name(name);
    pairs((long)(intptr_t)n);
    return NULL;
}

/* n threads at once, the i-th with 100 + i pairs. */
static void threads(long n)
{
    pthread_t *all = calloc((size_t)n, sizeof *all);
    for (long i = 0; i < n; i++)
        pthread_create(&all[i], NULL, thread_pairs, (void *)(intptr_t)(100 + i));
    for (long i = 0; i < n; i++)
        pthread_join(all[i], NULL);
    free(all);
}

/* n threads, one after the other. */
static void short_threads(long n)
{
    for (long i = 0; i < n; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, thread_pairs, (void *)(intptr_t)10);
        pthread_join(thread, NULL);
    }
}

static atomic_int stop;

static void *until_stopped(void *arg)
{
    long *count = arg;
    while (!atomic_load(&stop)) {
        begin(two, inner);
        __itt_task_end(two);
        ++*count;
    }
    return NULL;
}

/* n forks while another thread is writing; each child has pairs, a thread, and a child of its own. */
static void forks(long n)
{
    pthread_t other;
    long written = 0;
    pthread_create(&other, NULL, until_stopped, &written);
    for (long i = 0; i < n; i++) {
        pairs(10);
        begin(one, outer); /* open across the fork: the child's end finds no begin */
        pid_t child = fork();
        if (child == 0) {
            pthread_t thread;
            __itt_task_end(one);
            pthread_create(&thread, NULL, thread_pairs, (void *)(intptr_t)7);
            pairs(20);
            pthread_join(thread, NULL);
            if (fork() == 0) {
                pairs(5);
                _exit(0);
            }
            wait(NULL);
            _exit(0);
        }
        __itt_task_end(one);
        waitpid(child, NULL, 0);
    }
    atomic_store(&stop, 1);
    pthread_join(other, NULL);
    printf("%ld\n", written);
}

static atomic_long handled;

static void handler(int signal)
{
    (void)signal;
    begin(two, outer);
    __itt_task_end(two);
    atomic_fetch_add(&handled, 1);
}

/* A handler that labels, again and again in the midst of n pairs. */
static void signals(long n)
{
    struct sigaction action = {.sa_handler = handler};
    struct itimerval timer = {{0, 50}, {0, 50}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    pairs(n);
    timer = (struct itimerval){{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
    printf("%ld\n", atomic_load(&handled));
}

/* n distinct names, each on a task. */
static void names(long n)
{
    for (long i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "name %ld", i);
        begin(one, __itt_string_handle_create(name));
        __itt_task_end(one);
    }
    printf("%ld\n", most_memory());
}

static void odd_names(void)
{
    static char huge[1 << 20];
    const char *texts[] = {"", "caf\xc3\xa9", "\xff\xfe raw", "tab\tnew\nline", huge};
    memset(huge, 'x', sizeof huge - 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        __itt_domain *domain = __itt_domain_create(texts[i]);
        begin(domain, __itt_string_handle_create(texts[i]));
        __itt_task_end(domain);
    }
    __itt_string_handle bare = {0};
    bare.strA = "a handle of the client's own";
    begin(one, &bare);
    __itt_task_end(one);
    begin(one, NULL);
    __itt_task_end(one);
}

static void paused(void)
{
    begin(one, outer);
    __itt_pause();
    __itt_pause();
    begin(one, inner);
    begin(two, inner);
    __itt_task_end(one);
    __itt_resume();
    __itt_task_end(two);
    pairs(3);
    __itt_pause();
    __itt_task_end(one);
    pairs(5);
    __itt_resume();
    pairs(4);
    __itt_detach();
    pairs(6);
    __itt_resume();
    pairs(7);
}

static void regions(void)
{
    __itt_pt_region a = __itt_pt_region_create("load"), b = __itt_pt_region_create("store");
    __itt_mark_pt_region_begin(a);
    __itt_mark_pt_region_begin(b);
    __itt_mark_pt_region_end(a);
    __itt_mark_pt_region_end(b);
    printf("%d %d %d", a, b, __itt_pt_region_create("load"));
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "more %d", i);
        printf(" %d", __itt_pt_region_create(name));
    }
    printf(" %d\n", __itt_pt_region_create(NULL));
}

static __attribute__((noinline)) void hidden_work(void)
{
    __asm__ volatile("");
}

static void functions(void)
{
    for (int i = 0; i < 3; i++) {
        __itt_task_begin_fn(one, __itt_null, __itt_null, (void *)(uintptr_t)hidden_work);
        __itt_task_end(one);
    }
    __itt_task_begin_fn(one, __itt_null, __itt_null, (void *)(uintptr_t)&printf);
    __itt_task_end(one);
    __itt_task_begin_fn(one, __itt_null, __itt_null, NULL);
    __itt_task_end(one);
    __itt_task_begin_fn(one, __itt_null, __itt_null, (void *)16);
    __itt_task_end(one);
}

static void unmatched(void)
{
    __itt_task_end(one);
    begin(one, inner);
    __itt_task_end(two);
    __itt_task_end(one);
    __itt_task_end(one);
    begin(one, outer); /* stays open */
}

/* Closes every descriptor it can, ours too, and opens others in their place. */
static void closes(void)
{
    pairs(30000);
    for (int fd = 3; fd < 4096; fd++)
        close(fd);
    for (int fd = 3; fd < 1000; fd++) {
        if (open("/dev/null", O_RDWR) < 0)
            break;
    }
    pairs(30000);
}

/* A handle made after the limit of names, kept, and used when many others were made. */
static void kept_name(long n)
{
    char name[600];
    for (long i = 0; i < 66000; i++) {
        snprintf(name, sizeof name, "first %ld", i);
        __itt_string_handle_create(name);
    }
    __itt_string_handle *kept = __itt_string_handle_create("kept");
    begin(one, kept);
    __itt_task_end(one);
    for (long i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%0*ld", (int)(i % 500), i);
        __itt_string_handle_create(name);
    }
    __itt_string_handle_create(NULL);
    begin(one, kept);
    __itt_task_end(one);
}

static void *cancelled(void *arg)
{
    atomic_store((atomic_int *)arg, 1);
    for (long i = 0; i < 100000; i++) { /* slots fill, names come: nothing that is a cancellation point */
        begin(one, inner);
        __itt_task_end(one);
    }
    atomic_store((atomic_int *)arg, 2);
    return NULL;
}

/* A thread that is to be cancelled is not, while it only labels. */
static void cancel(void)
{
    atomic_int state = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, cancelled, &state);
    while (atomic_load(&state) == 0)
        continue;
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    printf("%d\n", atomic_load(&state));
}

/* Interleaved ends, first names and all in a handler on a stack of n KiB, with a guard page below. */
static void misnested(int signal)
{
    (void)signal;
    begin(two, __itt_string_handle_create("first seen in a handler"));
    begin(three, inner);
    __itt_task_end(two);
    __itt_task_end(three);
}

static void small_stack(long n)
{
    size_t size = (size_t)n << 10;
    char *memory = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory + 4096, .ss_size = size};
    struct sigaction action = {.sa_handler = misnested, .sa_flags = SA_ONSTACK};
    mprotect(memory, 4096, PROT_NONE);
    pairs(1);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

static void *one_pair(void *arg)
{
    (void)arg;
    pairs(1);
    return NULL;
}

/* The first label of the program, on a thread with the smallest of stacks. */
static void small_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 24576);
    pthread_create(&thread, &attributes, one_pair, NULL);
    pthread_join(thread, NULL);
}

static void stale_level(void)
{
    for (int i = 0; i < 512; i++)
        begin(one, outer);
    __itt_pause();
    begin(one, inner);
    begin(one, inner);
    __itt_resume();
    __itt_task_end(one);
    begin(one, inner);
    for (int i = 0; i < 514; i++)
        __itt_task_end(one);
}

static void fork_and_return(int signal)
{
    (void)signal;
    if (fork() == 0)
        atomic_store(&stop, 1);
}

/* n forks by a handler that may have interrupted a label; the child goes on with that label, then labels and exits. */
static void fork_in_handler(long n)
{
    struct sigaction action = {.sa_handler = fork_and_return};
    struct itimerval timer = {{0, 700}, {0, 700}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    pid_t self = getpid();
    long done = 0;
    for (long forked = 0; forked < n * 2000; forked++) {
        begin(two, outer);
        __itt_task_end(two);
        done++;
        if (getpid() != self) {
            timer = (struct itimerval){{0, 0}, {0, 0}};
            setitimer(ITIMER_REAL, &timer, NULL);
            pairs(3);
            _exit(0);
        }
    }
    timer = (struct itimerval){{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
    while (wait(NULL) > 0)
        continue;
    printf("%ld\n", done);
}

/* The end of a task with n others inside it, of a domain of their own. */
static void much_inside(long n)
{
    begin(one, outer);
    for (long i = 0; i < n; i++)
        begin(two, inner);
    __itt_task_end(one);
    for (long i = 0; i < n; i++)
        __itt_task_end(two);
}

/* A bit of everything, ended or not. */
static void *mixture_until_stopped(void *arg)
{
    __itt_event event = __itt_event_create("event", 5);
    for (unsigned long long i = 1; !atomic_load(&stop); i++) {
        __itt_id id = __itt_id_make(arg, i), last = __itt_id_make(arg, i - 1);
        __itt_task_begin(two, id, last, inner);
        __itt_metadata_add(two, __itt_null, outer, __itt_metadata_u64, 1, &i);
        __itt_task_begin_overlapped(one, id, last, inner);
        __itt_metadata_str_add(one, id, outer, "text", 4);
        __itt_frame_begin_v3(two, NULL);
        __itt_event_start(event);
        __itt_region_begin(one, id, __itt_null, outer);
        if (i % 3 != 0)
            __itt_region_end(one, id);
        __itt_task_end_overlapped(one, last);
        __itt_event_end(event);
        __itt_frame_end_v3(two, NULL);
        if (i % 64 != 0)
            __itt_task_end(two);
    }
    return NULL;
}

static void *until_stopped_in_turn(void *arg)
{
    while (!atomic_load(&stop)) {
        pthread_t thread;
        pthread_create(&thread, NULL, thread_pairs, (void *)(intptr_t)10);
        pthread_join(thread, NULL);
    }
    return arg;
}

/* The next recording of this process, in the file of the first with its number behind. */
static bool join_next(const char *first, long number)
{
    char text[4200];
    snprintf(text, sizeof text, "%s.%ld", first, number);
    setenv("ITT_TRACE", text, 1);
    snprintf(text, sizeof text, "%lx", 0x9000 + number);
    setenv("ITT_RUN", text, 1);
    return __itt_init_ittlib(getenv("INTEL_LIBITTNOTIFY64"), __itt_group_all) == 1;
}

/* n recordings one after the other while threads label, come and go; with forks, also a child in each. */
static void recordings(long n, bool forks)
{
    static char first[4096];
    pthread_t one_thread, others, mixed;
    long written = 0, joined = 0;
    snprintf(first, sizeof first, "%s", getenv("ITT_TRACE"));
    pthread_create(&one_thread, NULL, until_stopped, &written);
    pthread_create(&others, NULL, until_stopped_in_turn, NULL);
    pthread_create(&mixed, NULL, mixture_until_stopped, &written);
    for (long i = 1; i <= n; i++) {
        pairs(100);
        begin(one, outer); /* left open */
        pid_t child = forks ? fork() : 0;
        if (forks && child == 0) {
            pairs(1000);
            _exit(0);
        }
        __itt_detach();
        __itt_fini_ittlib();
        if (forks)
            waitpid(child, NULL, 0);
        joined += join_next(first, i);
        pairs(1000);
    }
    atomic_store(&stop, 1);
    pthread_join(one_thread, NULL);
    pthread_join(others, NULL);
    pthread_join(mixed, NULL);
    printf("%ld %d\n", joined, written > 0);
}

int main(int argc, char **argv)
{
    const char *scene = argc > 1 ? argv[1] : "";
    long n = argc > 2 ? atol(argv[2]) : 1;
    one = __itt_domain_create("one");
    two = __itt_domain_create("two");
    three = __itt_domain_create("three");
    outer = __itt_string_handle_create("outer");
    inner = __itt_string_handle_create("inner");

    if (strcmp(scene, "nest") == 0)
        nest(n);
    else if (strcmp(scene, "deep") == 0)
        deep(n);
    else if (strcmp(scene, "walk") == 0)
        walk(n, argc > 3 ? atol(argv[3]) : 1, stdout);
    else if (strcmp(scene, "threads") == 0)
        threads(n);
    else if (strcmp(scene, "short_threads") == 0)
        short_threads(n);
    else if (strcmp(scene, "forks") == 0)
        forks(n);
    else if (strcmp(scene, "signals") == 0)
        signals(n);
    else if (strcmp(scene, "names") == 0)
        names(n);
    else if (strcmp(scene, "odd_names") == 0)
        odd_names();
    else if (strcmp(scene, "paused") == 0)
        paused();
    else if (strcmp(scene, "regions") == 0)
        regions();
    else if (strcmp(scene, "functions") == 0)
        functions();
    else if (strcmp(scene, "unmatched") == 0)
        unmatched();
    else if (strcmp(scene, "closes") == 0)
        closes();
    else if (strcmp(scene, "kept_name") == 0)
        kept_name(n);
    else if (strcmp(scene, "cancel") == 0)
        cancel();
    else if (strcmp(scene, "small_stack") == 0)
        small_stack(n);
    else if (strcmp(scene, "small_thread") == 0)
        small_thread();
    else if (strcmp(scene, "stale_level") == 0)
        stale_level();
    else if (strcmp(scene, "fork_in_handler") == 0)
        fork_in_handler(n);
    else if (strcmp(scene, "much_inside") == 0)
        much_inside(n);
    else if (strcmp(scene, "recordings") == 0)
        recordings(n, argc > 3);
    else if (strcmp(scene, "exec") == 0) {
        pairs(n);
        execv("/proc/self/exe", (char *[]){argv[0], "nest", argv[2], NULL});
    } else
        return 2;
    return 0;
}
