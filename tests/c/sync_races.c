/*
 * sync_races ROUNDS: two threads give one object its name at the same time, and then its next name while the other one waits for it.
 * In each round it waits at that time, once by the new name, "new N", and once when the object is destroyed.
 */
#include <ittnotify.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static long rounds;
static atomic_long arrived;
static int object;

static void meet(void)
{
    long turn = atomic_fetch_add(&arrived, 1) / 2;
    while (atomic_load(&arrived) < 2 * turn + 2)
        ;
}

static void wait_for_it(void)
{
    __itt_sync_prepare(&object);
    __itt_sync_cancel(&object);
}

static void *work(void *second)
{
    char name[2][32];
    for (long i = 0; i < rounds; i++) {
        snprintf(name[0], sizeof name[0], "old %ld", i);
        snprintf(name[1], sizeof name[1], "new %ld", i);
        meet();
        __itt_sync_create(&object, "Mutex", name[0], __itt_attr_mutex);
        meet();
        if (second != NULL)
            wait_for_it();
        else
            __itt_sync_rename(&object, name[1]);
        meet();
        if (second != NULL) {
            wait_for_it();
            __itt_sync_destroy(&object);
            wait_for_it();
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    rounds = argc > 1 ? atol(argv[1]) : 1;
    pthread_create(&thread, NULL, work, &thread);
    work(NULL);
    pthread_join(thread, NULL);
    return 0;
}
