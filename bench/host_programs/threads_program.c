/*
 * Labels in so many threads at once, and says how much memory the process has then: threads_program THREADS PAIRS.
 * Prints KB: resident, by /proc/self/smaps_rollup, all files included; of it private; the most ever, by getrusage().
 */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static __itt_domain *domain;
static __itt_string_handle *outer, *inner;
static pthread_barrier_t labelled, looked;
static long pairs;

static void *label(void *unused)
{
    for (long i = 0; i < pairs; i += 4) {
        __itt_task_begin(domain, __itt_null, __itt_null, outer);
        for (int j = 0; j < 3; j++) {
            __itt_task_begin(domain, __itt_null, __itt_null, inner);
            __itt_task_end(domain);
        }
        __itt_task_end(domain);
    }
    pthread_barrier_wait(&labelled);
    pthread_barrier_wait(&looked);
    return unused;
}

static long look(const char *const *keys)
{
    char line[256];
    long sum = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        for (const char *const *key = keys; *key != NULL; key++)
            sum += strncmp(line, *key, strlen(*key)) == 0 ? atol(line + strlen(*key)) : 0;
    }
    if (file != NULL)
        fclose(file);
    return sum;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    long threads = atol(argv[1]);
    pairs = atol(argv[2]);
    domain = __itt_domain_create("memory");
    outer = __itt_string_handle_create("outer");
    inner = __itt_string_handle_create("inner");
    pthread_barrier_init(&labelled, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&looked, NULL, (unsigned)threads + 1);
    pthread_t *all = calloc((size_t)threads, sizeof *all);
    for (long i = 0; i < threads; i++)
        pthread_create(&all[i], NULL, label, NULL);
    pthread_barrier_wait(&labelled);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%ld %ld %ld\n", look((const char *const[]){"Rss:", NULL}),
           look((const char *const[]){"Private_Clean:", "Private_Dirty:", NULL}), usage.ru_maxrss);
    pthread_barrier_wait(&looked);
    for (long i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    free(all);
    return 0;
}
