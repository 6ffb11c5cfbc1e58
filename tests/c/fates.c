/*
 * Labels, and counts what it did in a file that survives it: fates COUNTS SCENE [N] [M]
 *
 * COUNTS is a row of struct counted, one for each thread; what is in the trace is compared with it.
 */
#define _GNU_SOURCE
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 65536u

struct counted {
    _Atomic uint64_t begins, ends; /* calls that have returned; written by one thread, relaxed */
    _Atomic uint32_t next;         /* of the first one: how many are taken */
    uint32_t pid, tid;
    _Atomic uint32_t go; /* of the first one: set by who waits for all threads to be there */
    uint32_t pad[8];
};

static struct counted *counts;
static __thread struct counted *mine;
static __itt_domain *domain;
static __itt_string_handle *outer, *inner, *key;

static struct counted *take(void)
{
    struct counted *taken = &counts[atomic_fetch_add(&counts->next, 1)];
    taken->pid = (uint32_t)getpid();
    taken->tid = (uint32_t)syscall(SYS_gettid);
    return taken;
}

static void add(_Atomic uint64_t *count)
{
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

static void begin(__itt_string_handle *name)
{
    __itt_task_begin(domain, __itt_null, __itt_null, name);
    add(&mine->begins);
}

static void end(void)
{
    __itt_task_end(domain);
    add(&mine->ends);
}

static void pairs(long n)
{
    for (long i = 0; i < n; i++) {
        begin(inner);
        end();
    }
}

static void *pairs_of(void *n)
{
    mine = take();
    pairs((long)(intptr_t)n);
    return NULL;
}

/* Tasks in each other, new names and metadata, until somebody ends it. */
static void mixture(const atomic_int *stop)
{
    unsigned state = (unsigned)(uintptr_t)&stop ^ (unsigned)getpid(), depth = 0;
    for (uint64_t i = 0; !atomic_load_explicit(stop, memory_order_relaxed); i++) {
        state = state * 1664525u + 1013904223u;
        if (depth < 8 && (depth == 0 || state >> 31)) {
            char name[32];
            snprintf(name, sizeof name, "name %u", state >> 24);
            begin(i % 16 == 0 ? __itt_string_handle_create(name) : inner);
            depth++;
        } else {
            end();
            depth--;
        }
        if (i % 8 == 0 && depth > 0)
            __itt_metadata_add(domain, __itt_null, key, __itt_metadata_u64, 1, &i);
    }
    while (depth-- > 0)
        end();
}

static atomic_int never, stop;

/* One pair, and when it is time everything at once, for ever. */
static void *endless_thread(void *arg)
{
    mine = take();
    pairs(1);
    while (!atomic_load(&counts->go))
        usleep(50);
    mixture(&never);
    return arg;
}

static void endless(long n)
{
    pthread_t thread;
    for (long i = 0; i < n; i++)
        pthread_create(&thread, NULL, endless_thread, NULL);
    for (;;)
        pause();
}

static void *until_stopped(void *arg)
{
    mine = take();
    mixture(&stop);
    return arg;
}

static void child(long n)
{
    pthread_t thread;
    mine = take();
    pthread_create(&thread, NULL, pairs_of, (void *)(intptr_t)n);
    pairs(n);
    pthread_join(thread, NULL);
    pid_t grandchild = fork();
    if (grandchild == 0) {
        mine = take();
        pairs(n);
        _exit(0);
    }
    waitpid(grandchild, NULL, 0);
    _exit(0);
}

struct forks {
    long n, each;
};

static void *forks_of(void *arg)
{
    const struct forks *forks = arg;
    mine = mine == NULL ? take() : mine;
    for (long i = 0; i < forks->n; i++) {
        begin(outer);
        pid_t pid = fork();
        if (pid == 0)
            child(forks->each);
        end();
        waitpid(pid, NULL, 0);
    }
    return NULL;
}

/* n children with three times `each` pairs, while another thread labels; forked by a thread, and by main(). */
static void forks(long n, long each)
{
    pthread_t other, forker;
    struct forks half = {n / 2, each}, rest = {n - n / 2, each};
    pthread_create(&other, NULL, until_stopped, NULL);
    pthread_create(&forker, NULL, forks_of, &half);
    forks_of(&rest);
    pthread_join(forker, NULL);
    atomic_store(&stop, 1);
    pthread_join(other, NULL);
}

static void make_names(void)
{
    domain = __itt_domain_create("fates");
    outer = __itt_string_handle_create("outer");
    inner = __itt_string_handle_create("inner");
    key = __itt_string_handle_create("key");
}

static void *first_pairs_of(void *n)
{
    make_names();
    return pairs_of(n);
}

/* A child forked while another thread makes the first call of all, `delay` ns after that began. */
static void fork_at_first(long each, long delay)
{
    pthread_t first;
    const struct timespec start = {0, delay};
    pthread_create(&first, NULL, first_pairs_of, (void *)(intptr_t)each);
    nanosleep(&start, NULL);
    pid_t pid = fork();
    if (pid == 0) {
        make_names();
        child(each);
    }
    int status;
    waitpid(pid, &status, 0);
    pthread_join(first, NULL);
    if (status != 0)
        abort();
}

/* Resident memory in bytes. */
static long resident(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%ld %ld", &size, &pages) == 2)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* n threads one after the other. Prints the memory that they left behind. */
static void in_turn(long n, long each)
{
    pthread_t thread;
    long before = 0;
    for (long i = 0; i < n; i++) {
        pthread_create(&thread, NULL, pairs_of, (void *)(intptr_t)each);
        pthread_join(thread, NULL);
        if (i == 10)
            before = resident();
    }
    printf("%ld\n", resident() - before);
}

static pthread_barrier_t all_are_there;

static void *one_of_many(void *each)
{
    mine = take();
    begin(outer);
    pthread_barrier_wait(&all_are_there);
    pairs((long)(intptr_t)each);
    end();
    pthread_barrier_wait(&all_are_there);
    pthread_barrier_wait(&all_are_there);
    return NULL;
}

/* n threads at once. Prints the memory while they live. */
static void at_once(long n, long each)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_barrier_init(&all_are_there, NULL, (unsigned)n + 1);
    for (long i = 0; i < n; i++) {
        if (pthread_create(&thread, &attributes, one_of_many, (void *)(intptr_t)each) != 0)
            abort();
    }
    pthread_barrier_wait(&all_are_there);
    pthread_barrier_wait(&all_are_there);
    printf("%ld\n", resident());
    fflush(stdout);
    pthread_barrier_wait(&all_are_there);
}

static void *load_thread(void *arg)
{
    mine = take();
    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        pairs(1000);
    return arg;
}

static uint64_t total(void)
{
    uint64_t events = 0;
    for (uint32_t i = 0; i < atomic_load(&counts->next); i++)
        events += atomic_load(&counts[i].begins) + atomic_load(&counts[i].ends);
    return events;
}

/* n threads at full speed for so many seconds and events. Prints the seconds, and the memory after one and at the end. */
static void load(long n, long seconds, uint64_t events)
{
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    for (long i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, load_thread, NULL);
    sleep(1);
    long before = resident(), took = 1;
    for (; took < seconds || total() < events; took++)
        sleep(1);
    printf("%ld %ld %ld\n", took, before, resident());
    atomic_store(&stop, 1);
    for (long i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    const char *scene = argv[2];
    long n = argc > 3 ? atol(argv[3]) : 1, m = argc > 4 ? atol(argv[4]) : 1;
    int fd = open(argv[1], O_RDWR | O_CREAT, 0600);
    size_t size = THREADS_MAX * sizeof *counts;
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
        return 1;
    counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counts == MAP_FAILED)
        return 1;
    close(fd);
    mine = take();
    if (strcmp(scene, "fork_at_first") == 0) {
        fork_at_first(n, m);
        return 0;
    }
    make_names();
    if (strcmp(scene, "pairs") == 0)
        pairs(n);
    else if (strcmp(scene, "endless") == 0)
        endless(n);
    else if (strcmp(scene, "forks") == 0)
        forks(n, m);
    else if (strcmp(scene, "in_turn") == 0)
        in_turn(n, m);
    else if (strcmp(scene, "at_once") == 0)
        at_once(n, m);
    else if (strcmp(scene, "load") == 0)
        load(n, m, argc > 5 ? strtoull(argv[5], NULL, 10) : 0);
    else
        return 2;
    return 0;
}
