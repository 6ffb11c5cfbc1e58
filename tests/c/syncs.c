/* Threads that take turns, and say so: syncs THREADS ROUNDS; each round takes both locks and stays there for a moment. */
#include <ittnotify.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static long rounds, turns[2];

static void take(int i)
{
    __itt_sync_prepare(&locks[i]);
    pthread_mutex_lock(&locks[i]);
    __itt_sync_acquired(&locks[i]);
}

static void give(int i)
{
    turns[i]++;
    __itt_sync_releasing(&locks[i]);
    pthread_mutex_unlock(&locks[i]);
}

/* Hand over hand: the first is given back before the second, so that what is held crosses. */
static void *work(void *caller)
{
    __itt_stack_callee_enter((__itt_caller)caller);
    for (long i = 0; i < rounds; i++) {
        take(0);
        take(1);
        give(0);
        if (i % 64 == 0)
            sched_yield();
        give(1);
    }
    __itt_stack_callee_leave((__itt_caller)caller);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[64];
    long count = argc > 1 ? atol(argv[1]) : 1;
    rounds = argc > 2 ? atol(argv[2]) : 1;
    if (count > 64)
        return 2;
    __itt_sync_create(&locks[0], "Mutex", "first", __itt_attr_mutex);
    __itt_sync_create(&locks[1], "Mutex", "second", __itt_attr_mutex);
    __itt_caller caller = __itt_stack_caller_create();
    for (long i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, work, (void *)caller);
    for (long i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    __itt_stack_caller_destroy(caller);
    __itt_sync_destroy(&locks[0]);
    printf("%ld %ld\n", turns[0], turns[1]);
    return 0;
}
