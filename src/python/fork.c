#include "fork.h"

#include "control.h"
#include "thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static atomic_ullong process;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;

/* Between fork and the child's first line of Python: only what a signal handler may do as well. */
static void child(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    unsigned long long time = (unsigned long long)now.tv_sec * 1000000000u + (unsigned long long)now.tv_nsec;
    atomic_store_explicit(&process, (unsigned long long)getpid() << 32 | (time >> 8 & 0xffffffffu),
                          memory_order_relaxed);
    thread_forget();
    control_forget();
}

static void prepare(void)
{
    child();
    failed = pthread_atfork(NULL, NULL, child);
}

int fork_prepare(void)
{
    pthread_once(&once, prepare);
    return failed ? -1 : 0;
}

unsigned long long fork_process(void)
{
    return atomic_load_explicit(&process, memory_order_relaxed);
}
