/*
 * Calls from where nobody expects them: odd MODE COUNT
 *   life     before main, in it, at exit, in destructors
 *   keys     in destructors of thread-specific values, of 80 threads; keys-again: as often as the system runs them
 *   malloc   inside of malloc, in COUNT threads; says how many pairs were begun there, the collector's own loading not counted
 */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __itt_domain *domain;
static __itt_string_handle *name;
static long count = 1;
static const char *mode = "";

static void pairs(const char *text, long n)
{
    __itt_domain *odd = __itt_domain_create("odd");
    __itt_string_handle *handle = __itt_string_handle_create(text);
    for (long i = 0; i < n; i++) {
        __itt_task_begin(odd, __itt_null, __itt_null, handle);
        __itt_task_end(odd);
    }
}

__attribute__((constructor(101))) static void early(int argc, char **argv)
{
    mode = argc > 1 ? argv[1] : "";
    count = argc > 2 ? atol(argv[2]) : 1;
    if (strcmp(mode, "life") == 0)
        pairs("constructor", count);
}

__attribute__((destructor(101))) static void last(void)
{
    if (strcmp(mode, "life") == 0)
        pairs("destructor", count);
}

static void at_exit(void)
{
    pairs("at exit", count);
}

/* Threads that end. */

static pthread_key_t keys[2];
static _Atomic long rounds;
static bool again;

static void leave(void *value)
{
    const pthread_key_t *key = value;
    pairs(key == &keys[0] ? "key from before" : "key from later", count);
    rounds++;
    if (again)
        pthread_setspecific(*key, value); /* once more, as long as the system goes along */
}

static void *end(void *arg)
{
    pairs("thread", count);
    pthread_setspecific(keys[0], &keys[0]);
    pthread_setspecific(keys[1], &keys[1]);
    return arg;
}

static void run(void *(*what)(void *), long threads)
{
    for (long i = 0; i < threads; i += 8) {
        pthread_t all[8];
        for (long j = 0; j < 8; j++)
            pthread_create(&all[j], NULL, what, NULL);
        for (long j = 0; j < 8; j++)
            pthread_join(all[j], NULL);
    }
}

/* An allocator that labels. */

void *__libc_malloc(size_t size);
static _Atomic long labelled;
static _Atomic bool armed;

void *malloc(size_t size)
{
    if (armed) {
        __itt_sync_prepare(&armed);
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        labelled++;
        __itt_sync_acquired(&armed);
        __itt_task_end(domain);
    }
    return __libc_malloc(size);
}

static void *allocate(void *arg)
{
    (void)arg;
    for (long i = 0; i < 1000; i++) {
        void *volatile memory = malloc((size_t)i * 10);
        free(memory);
    }
    return NULL;
}

int main(void)
{
    if (strcmp(mode, "life") == 0) {
        atexit(at_exit);
        pairs("main", count);
    } else if (strncmp(mode, "keys", 4) == 0) {
        again = strcmp(mode, "keys-again") == 0;
        pthread_key_create(&keys[0], leave);
        pairs("main", count);
        pthread_key_create(&keys[1], leave);
        run(end, 80);
        printf("%ld\n", (long)rounds);
    } else {
        domain = __itt_domain_create("malloc");
        name = __itt_string_handle_create("inside");
        armed = true; /* before the collector is loaded */
        run(allocate, count);
        armed = false;
        printf("%ld\n", (long)labelled);
    }
    return 0;
}
