/*
 * analysis_tangle SEED THREADS STEPS: threads that begin and end tasks of a few domains in any order, some tasks deep inside
 * others, some never ended; then forked children that do the same.
 */
#include "ittnotify.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOMAINS 5
#define NAMES   40
#define DEPTH   200 /* Perfetto shows 255 tasks inside each other, before its version 52 */

static __itt_domain *domains[DOMAINS];
static __itt_string_handle *names[NAMES];
static unsigned long seed;
static long steps;

static uint64_t any(uint64_t *state, uint64_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % below;
}

static void *tangle(void *number)
{
    uint64_t state = seed * 7919 + (uintptr_t)number;
    int open[DOMAINS] = {0}, depth = 0;
    for (long i = 0; i < steps; i++) {
        unsigned d = (unsigned)any(
            &state, i / 1000 % 2 == 0 ? DOMAINS : 1); /* a while of everything, a while of one domain */
        if (any(&state, 100) < 51 && depth < DEPTH) {
            open[d]++;
            depth++;
            __itt_task_begin(domains[d], __itt_null, __itt_null, names[any(&state, NAMES)]);
        } else if (open[d] > 0) {
            open[d]--;
            depth--;
            __itt_task_end(domains[d]);
        }
        for (volatile uint64_t j = any(&state, 50); j > 0; j--)
            ;
    }
    for (unsigned d = 0; d < DOMAINS; d++) {
        for (; open[d] > ((uintptr_t)number % 3 == 0); open[d]--)
            __itt_task_end(domains[d]);
    }
    return NULL;
}

static void run(uintptr_t first, uintptr_t count)
{
    pthread_t threads[64];
    for (uintptr_t i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, tangle, (void *)(first + i));
    for (uintptr_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 2;
    seed = strtoul(arguments[1], NULL, 10);
    uintptr_t threads = strtoul(arguments[2], NULL, 10) % 64;
    steps = strtol(arguments[3], NULL, 10);
    for (int i = 0; i < NAMES; i++) {
        char text[32];
        snprintf(text, sizeof text, "name %d", i);
        names[i] = __itt_string_handle_create(text);
        snprintf(text, sizeof text, "domain %d", i);
        if (i < DOMAINS)
            domains[i] = __itt_domain_create(text);
    }
    run(0, threads);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            run(100 + 10 * (uintptr_t)child, 2);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}
