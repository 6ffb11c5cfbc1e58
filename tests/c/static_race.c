/* Many threads make their first call at once. static_race THREADS */
#include "ittnotify.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_barrier_t start;

static void *run(void *argument)
{
    const int number = (int)(uintptr_t)argument;
    __itt_domain *domain = NULL;
    char name[32];

    snprintf(name, sizeof name, "task %d", number);
    pthread_barrier_wait(&start);
    if (number % 4 == 0)
        __itt_thread_set_name(name);
    if (number % 4 == 1)
        __itt_event_start(number);
    if (number % 4 == 2)
        __itt_mark_pt_region_begin((__itt_pt_region)(number % 8));
    domain = __itt_domain_create("shared");
    for (int i = 0; i < 10; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create(name));
        __itt_task_end(domain);
    }
    return domain;
}

int main(int argc, char **argv)
{
    pthread_t threads[64];
    const int count = argc > 1 ? atoi(argv[1]) : 8;
    void *first = NULL;
    int same = 1;

    pthread_barrier_init(&start, NULL, (unsigned)count);
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)i) != 0)
            return 1;
    for (int i = 0; i < count; i++) {
        void *domain = NULL;

        pthread_join(threads[i], &domain);
        first = i ? first : domain;
        same &= domain == first;
    }
    printf("same domain %d\n", same);
    return 0;
}
