/*
 * A handler forks between two instructions of labels, at every STRIDE-th one from OFFSET on: fork_steps STRIDE OFFSET MOST. Each child
 * goes on with the label, makes some more, and ends. Says how many there were, and how many did not end well.
 */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)

#define TRAP_FLAG 0x100

static __itt_domain *one, *two;
static __itt_string_handle *inner;
static __itt_counter counter;
static __itt_event event;
static volatile sig_atomic_t inside, child;
static long stride, offset, most, seen, forks, bad;

static void label(unsigned long long number)
{
    unsigned long long value = number;
    __itt_id id = __itt_id_make(&stride, number);
    __itt_task_begin(one, __itt_null, __itt_null, inner);
    __itt_metadata_add(one, __itt_null, inner, __itt_metadata_u64, 1, &value);
    __itt_task_begin(two, id, __itt_null, inner);
    __itt_task_end(one);
    __itt_task_end(two);
    __itt_task_begin_overlapped(one, id, __itt_null, inner);
    __itt_region_begin(two, id, __itt_null, inner);
    __itt_frame_begin_v3(one, NULL);
    __itt_event_start(event);
    __itt_counter_inc(counter);
    __itt_marker(one, __itt_null, inner, __itt_scope_global);
    __itt_event_end(event);
    __itt_frame_end_v3(one, NULL);
    __itt_frame_submit_v3(two, NULL, __itt_get_timestamp() - 50, __itt_get_timestamp());
    __itt_region_end(two, id);
    __itt_task_end_overlapped(one, id);
}

/* Where signals wait, nobody forks. */
static void step(int number, siginfo_t *info, void *context)
{
    ucontext_t *at = context;
    int status = 0;
    (void)number;
    (void)info;
    if (inside && (sigismember(&at->uc_sigmask, SIGUSR1) || seen++ % stride != offset || forks >= most))
        return;
    pid_t pid = inside ? fork() : 0;
    if (pid == 0) {
        child = inside;
        inside = 0;
        at->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
        return;
    }
    forks++;
    waitpid(pid, &status, 0);
    bad += status != 0;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO | SA_RESTART};
    if (argc < 4)
        return 2;
    stride = atol(argv[1]);
    offset = atol(argv[2]);
    most = atol(argv[3]);
    one = __itt_domain_create("one");
    two = __itt_domain_create("two");
    inner = __itt_string_handle_create("inner");
    event = __itt_event_create("event", 5);
    counter = __itt_counter_create("counter", "one");
    sigaction(SIGTRAP, &action, NULL);
    for (unsigned long long i = 1; i < 50; i++)
        label(i);
    inside = 1;
    __asm__ volatile("pushf; orq $0x100, (%%rsp); popf" ::: "memory", "cc");
    label(100);
    inside = 0;
    if (child) {
        alarm(20);
        label(200);
        label(201);
        _exit(0);
    }
    printf("%ld %ld\n", forks, bad);
    return 0;
}

#else

int main(void)
{
    return 77;
}

#endif
