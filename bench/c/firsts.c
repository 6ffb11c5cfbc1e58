/*
 * What a label costs the first time, in nanoseconds, a line each:
 *
 *   firsts process       the first label of the process, with its domain and name
 *   firsts thread N      the first label of each of N threads that live at once
 *   firsts name N        a task of a new name and the making of its handle, less a task of a known one: the mean of N
 */
#define _GNU_SOURCE
#include <ittnotify.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static __itt_domain *domain;
static __itt_string_handle *name;
static pthread_barrier_t end;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void task(__itt_string_handle *of)
{
    __itt_task_begin(domain, __itt_null, __itt_null, of);
    __itt_task_end(domain);
}

static void *first_of_thread(void *taken)
{
    double begin = now();
    task(name);
    *(double *)taken = now() - begin;
    pthread_barrier_wait(&end);
    return NULL;
}

/* One thread after the other, so that none waits for another's processor. */
static int run_threads(unsigned n)
{
    pthread_t *threads = calloc(n, sizeof *threads);
    double *taken = calloc(n, sizeof *taken);
    pthread_barrier_init(&end, NULL, n + 1);
    for (unsigned i = 0; i < n; i++) {
        pthread_create(&threads[i], NULL, first_of_thread, &taken[i]);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    pthread_barrier_wait(&end);
    for (unsigned i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        printf("%.0f\n", taken[i]);
    }
    return 0;
}

static int run_names(unsigned n)
{
    char (*texts)[32] = calloc(n, sizeof *texts);
    for (unsigned i = 0; i < n; i++)
        snprintf(texts[i], sizeof *texts, "function %u", i);
    for (int i = 0; i < 20000; i++)
        task(name); /* the slot's pages are there */
    double begin = now();
    for (unsigned i = 0; i < n; i++)
        task(name);
    double between = now();
    for (unsigned i = 0; i < n; i++)
        task(__itt_string_handle_create(texts[i]));
    printf("%.1f\n", (now() - between - (between - begin)) / n);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned n = argc > 2 ? (unsigned)atol(argv[2]) : 1;
    double begin = now();
    domain = __itt_domain_create("bench");
    name = __itt_string_handle_create("first");
    task(name);
    double first = now() - begin;
    if (argc > 1 && strcmp(argv[1], "thread") == 0)
        return run_threads(n);
    if (argc > 1 && strcmp(argv[1], "name") == 0)
        return run_names(n);
    printf("%.0f\n", first);
    return 0;
}
