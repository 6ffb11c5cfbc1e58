/*
 * joining ORDER [abort]: another thread labels while the next recording of the process is being joined, by the functions of a static part
 * that stays bound; abort: and a handler of the thread that joins does, too. ORDER: of its kinds of labels, t m c. Relaxed, so that ThreadSanitizer sees what the collector itself orders.
 */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static __itt_domain *domain;
static __itt_string_handle *name, *marker;
static __itt_counter counter;
static const char *order;
static atomic_int asked, done; /* rounds of labels: by the thread that joins, by the one that labels */
static atomic_bool joining, over;
static bool aborting;
static pthread_t joiner;

static __typeof__(&*__itt_task_begin_ptr) task_begin;
static __typeof__(&*__itt_task_end_ptr) task_end;
static __typeof__(&*__itt_marker_ptr) put_marker;
static __typeof__(&*__itt_counter_set_value_ptr) set_value;

static void ask(void)
{
    atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
}

/* The collector calls it in the middle of describing the process. */
pid_t getpid(void)
{
    if (atomic_load_explicit(&joining, memory_order_relaxed) && pthread_equal(joiner, pthread_self()))
        aborting ? (void)raise(SIGABRT) : ask();
    return (pid_t)syscall(SYS_getpid);
}

static void label(unsigned long long number)
{
    __itt_id id = __itt_id_make(&counter, number);
    for (const char *kind = order; *kind != '\0'; kind++) {
        if (*kind == 't') {
            task_begin(domain, id, __itt_null, name);
            task_end(domain);
        } else if (*kind == 'm')
            put_marker(domain, __itt_null, marker, __itt_scope_track_group);
        else
            set_value(counter, &number);
    }
}

static void labels_in_handler(int signal)
{
    (void)signal;
    label(1000);
}

static void *labels(void *arg)
{
    for (int round = 1;; round++) {
        while (atomic_load_explicit(&asked, memory_order_relaxed) < round) {
            if (atomic_load_explicit(&over, memory_order_relaxed))
                return arg;
        }
        label((unsigned long long)round);
        atomic_store_explicit(&done, round, memory_order_relaxed);
    }
}

int main(int argc, char **argv)
{
    pthread_t thread;
    char trace[4200];
    order = argc > 1 ? argv[1] : "tmc";
    aborting = argc > 2;
    signal(SIGABRT, labels_in_handler);
    domain = __itt_domain_create("domain");
    name = __itt_string_handle_create("task");
    marker = __itt_string_handle_create("marker");
    counter = __itt_counter_create("counter", "domain");
    joiner = pthread_self();
    task_begin = __itt_task_begin_ptr;
    task_end = __itt_task_end_ptr;
    put_marker = __itt_marker_ptr;
    set_value = __itt_counter_set_value_ptr;
    pthread_create(&thread, NULL, labels, NULL);
    ask(); /* so that the thread has a writer */
    __itt_detach();
    __itt_fini_ittlib();
    snprintf(trace, sizeof trace, "%s.2", getenv("ITT_TRACE"));
    setenv("ITT_TRACE", trace, 1);
    setenv("ITT_RUN", "78", 1);
    atomic_store_explicit(&joining, true, memory_order_relaxed);
    int joined = __itt_init_ittlib(getenv("INTEL_LIBITTNOTIFY64"), __itt_group_all);
    atomic_store_explicit(&joining, false, memory_order_relaxed);
    atomic_store_explicit(&over, true, memory_order_relaxed);
    pthread_join(thread, NULL);
    label(0);
    printf("%d %d\n", joined, atomic_load(&done));
    return 0;
}
