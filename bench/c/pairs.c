/* Nanoseconds a begin/end pair: pairs MODE THREADS PAIRS; MODE is floor or a kind of label. Prints one figure. */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (256u << 10)

static __itt_domain *domain;
static __itt_string_handle *name;
static long pairs;
static pthread_barrier_t start;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline uint64_t stamp(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return (uint64_t)now();
#endif
}

static inline char *store(char *at, uint64_t time)
{
    uint64_t event[3] = {time, 1, 2};
    memcpy(at, event, sizeof event);
    __asm__ volatile("" ::: "memory");
    return at + sizeof event;
}

/* What no recorder can go below: two time stamps and two small stores to a mapped file, its pages written already. */
static void *run_floor(void *buffer)
{
    char *at = buffer, *end = (char *)buffer + BUFFER - 64;
    pthread_barrier_wait(&start);
    double begin = now();
    for (long i = 0; i < pairs; i++) {
        at = store(at, stamp());
        at = store(at, stamp());
        if (at > end)
            at = buffer;
    }
    *(double *)buffer = (now() - begin) / (double)pairs;
    return buffer;
}

static void label(long n, unsigned long long thread)
{
    (void)thread;
    for (long i = 0; i < n; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        __itt_task_end(domain);
    }
}

/* Each with an id of its own. */
static void overlapped(long n, unsigned long long thread)
{
    for (long i = 0; i < n; i++) {
        __itt_id id = {(unsigned long long)i + 1, thread, 0};
        __itt_task_begin_overlapped(domain, id, __itt_null, name);
        __itt_task_end_overlapped(domain, id);
    }
}

static void region(long n, unsigned long long thread)
{
    for (long i = 0; i < n; i++) {
        __itt_id id = {(unsigned long long)i + 1, thread, 0};
        __itt_region_begin(domain, id, __itt_null, name);
        __itt_region_end(domain, id);
    }
}

static void frame(long n, unsigned long long thread)
{
    for (long i = 0; i < n; i++) {
        __itt_id id = {(unsigned long long)i + 1, thread, 0};
        __itt_frame_begin_v3(domain, &id);
        __itt_frame_end_v3(domain, &id);
    }
}

/* A lock that is free, as a runtime says it. */
static void turns(long n, unsigned long long thread)
{
    void *lock = (void *)(uintptr_t)thread;
    __itt_sync_create(lock, "Mutex", "bench", __itt_attr_mutex);
    for (long i = 0; i < n; i++) {
        __itt_sync_prepare(lock);
        __itt_sync_acquired(lock);
        __itt_sync_releasing(lock);
    }
}

static const struct mode {
    const char *name;
    void (*run)(long, unsigned long long);
} modes[] = {
    {"label", label}, {"overlapped", overlapped}, {"region", region}, {"frame", frame}, {"sync", turns}};
static const struct mode *mode = modes;

static void *run_label(void *buffer)
{
    unsigned long long thread = (uintptr_t)buffer;
    mode->run(20000, thread); /* the slot's pages are there from now on */
    pthread_barrier_wait(&start);
    double begin = now();
    mode->run(pairs, thread);
    *(double *)buffer = (now() - begin) / (double)pairs;
    return buffer;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    void *(*run)(void *) = strcmp(argv[1], "floor") == 0 ? run_floor : run_label;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        mode = strcmp(argv[1], modes[i].name) == 0 ? &modes[i] : mode;
    long threads = atol(argv[2]);
    double slowest = 0;
    pairs = atol(argv[3]);
    if (run == run_label) {
        domain = __itt_domain_create("bench");
        name = __itt_string_handle_create("pair");
    }
    char path[] = "floor.XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    if (fd < 0 || posix_fallocate(fd, 0, threads * (long)BUFFER) != 0)
        return 1;
    char *buffers = mmap(NULL, (size_t)threads * BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(buffers, 1, (size_t)threads * BUFFER);
    pthread_t *all = calloc((size_t)threads, sizeof *all);
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (long i = 0; i < threads; i++)
        pthread_create(&all[i], NULL, run, buffers + i * (long)BUFFER);
    for (long i = 0; i < threads; i++) {
        void *result;
        pthread_join(all[i], &result);
        double ns = *(double *)result;
        slowest = ns > slowest ? ns : slowest;
    }
    printf("%.3f\n", slowest);
    return 0;
}
