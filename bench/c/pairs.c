/*
 * pairs MODE THREADS PAIRS           prints the nanoseconds of a pair, the slowest thread's
 * pairs MODE THREADS PAIRS RATE      times each pair by itself, RATE pairs a second (0: at full speed), and prints a line
 *                                    for each thread: nanoseconds of all pairs, of those that took longer than 1 us, of
 *                                    the slowest, and how many took longer than 1 ms
 *
 * MODE may be several, with commas between: one after the other, a line or lines for each. See mode.c.
 */
#define _GNU_SOURCE
#include "mode.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fcntl.h>
#include <time.h>

#define WARM 20000 /* pairs: the slot's pages are there from then on */

struct thread {
    pthread_t id;
    char *buffer;
    double all, slow, slowest; /* ns */
    long pauses;
};

static const struct mode *mode;
static long pairs;
static bool apart;          /* each pair by itself */
static double rate, period; /* ticks a nanosecond, ticks a pair */
static pthread_barrier_t start;

/* What is measured: instruction counts begin and end here, too (bench/counts.py). */
__attribute__((noinline)) void measured(struct thread *t)
{
    mode->run(pairs, t->buffer);
    __asm__ volatile("" ::: "memory"); /* no tail call: it ends after what it called */
}

static void run_together(struct thread *t)
{
    struct timespec begin, end;
    mode_idle = 0;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    measured(t);
    clock_gettime(CLOCK_MONOTONIC, &end);
    t->all = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
    if (mode_idle > 0)
        t->all -= (double)mode_idle / mode_rate();
}

static void run_apart(struct thread *t)
{
    const uint64_t slow = (uint64_t)(rate * 1e3), pause = (uint64_t)(rate * 1e6), first = mode_stamp();
    uint64_t all = 0, slows = 0, slowest = 0;
    for (long i = 0; i < pairs; i++) {
        uint64_t begin = mode_stamp();
        mode->run(1, t->buffer);
        uint64_t ticks = mode_stamp() - begin;
        all += ticks;
        if (ticks > slow) {
            slows += ticks;
            t->pauses += ticks > pause;
            slowest = ticks > slowest ? ticks : slowest;
        }
        while (mode_stamp() - first < (uint64_t)(period * (double)(i + 1)))
            continue;
    }
    t->all = (double)all / rate;
    t->slow = (double)slows / rate;
    t->slowest = (double)slowest / rate;
}

static void *run(void *argument)
{
    struct thread *t = argument;
    mode->run(WARM, t->buffer);
    pthread_barrier_wait(&start);
    (apart ? run_apart : run_together)(t);
    return NULL;
}

static bool measure(const char *name, long count, char *buffers)
{
    double slowest = 0;
    struct thread *threads = calloc((size_t)count, sizeof *threads);
    mode = mode_find(name);
    if (mode == NULL || threads == NULL)
        return false;
    if (mode->prepare != NULL)
        mode->prepare();
    for (long i = 0; i < count; i++) {
        threads[i].buffer = buffers + i * (long)MODE_BUFFER;
        pthread_create(&threads[i].id, NULL, run, &threads[i]);
    }
    for (long i = 0; i < count; i++) {
        struct thread *t = &threads[i];
        pthread_join(t->id, NULL);
        slowest = t->all > slowest ? t->all : slowest;
        if (apart)
            printf("%.0f %.0f %.0f %ld\n", t->all, t->slow, t->slowest, t->pauses);
    }
    if (!apart)
        printf("%.3f\n", slowest / (double)pairs);
    fflush(stdout);
    free(threads);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    long threads = atol(argv[2]);
    pairs = atol(argv[3]);
    apart = argc > 4;
    if (apart) {
        rate = mode_rate();
        period = atof(argv[4]) > 0 ? rate * 1e9 / atof(argv[4]) : 0;
    }
    char path[] = "floor.XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    if (fd < 0 || posix_fallocate(fd, 0, threads * (long)MODE_BUFFER) != 0)
        return 1;
    size_t size = (size_t)threads * MODE_BUFFER;
    char *buffers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(buffers, 1, size);
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (char *name = strtok(argv[1], ","); name != NULL; name = strtok(NULL, ","))
        if (!measure(name, threads, buffers))
            return 1;
    return 0;
}
