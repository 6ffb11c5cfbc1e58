/*
 * Labels, and keeps between which moments of CLOCK_MONOTONIC each begin and each end was: moments FILE STEP...
 *
 *     pace NS MS   a task every NS ns (0: at full speed), for MS ms
 *     keep N       from now on only every Nth task is kept; the others have another name
 *     idle MS
 *     thread       the steps behind it are a new thread's, all at once; its parent goes on behind the word "end"
 *     fork         the same with a child
 */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEPT_MAX (1u << 22)
#define SPIN_NS  200000u /* shorter waits are not slept */

struct moment {
    uint64_t tid;
    uint64_t before, between, after;
};

static struct moment *kept; /* shared with children */
static _Atomic uint64_t *taken;
static __itt_domain *domain;
static __itt_string_handle *name, *other;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void rest(uint64_t until)
{
    uint64_t time = now();
    if (time + SPIN_NS < until) {
        uint64_t ns = until - time - SPIN_NS / 2;
        struct timespec sleep = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
        nanosleep(&sleep, NULL);
    }
    while (now() < until)
        continue;
}

static void label(uint64_t tid)
{
    uint64_t before = now();
    __itt_task_begin(domain, __itt_null, __itt_null, name);
    uint64_t between = now();
    __itt_task_end(domain);
    uint64_t after = now();
    uint64_t i = atomic_fetch_add_explicit(taken, 1, memory_order_relaxed);
    if (i < KEPT_MAX)
        kept[i] = (struct moment){tid, before, between, after};
}

static void pace(uint64_t ns, uint64_t ms, long keep)
{
    const uint64_t tid = (uint64_t)syscall(SYS_gettid);
    uint64_t next = now(), end = next + ms * 1000000;
    for (long i = 0; next < end; i++) {
        if (i % keep == 0) {
            label(tid);
        } else {
            __itt_task_begin(domain, __itt_null, __itt_null, other);
            __itt_task_end(domain);
        }
        next += ns;
        if (ns != 0)
            rest(next);
        else if (i % 64 == 0)
            next = now();
    }
}

static void *run(void *steps)
{
    char **word = steps;
    pthread_t threads[64];
    int made = 0;
    pid_t child = 0;
    long keep = 1;
    for (; *word != NULL && strcmp(*word, "end") != 0; word++) {
        if (strcmp(*word, "pace") == 0) {
            pace(strtoull(word[1], NULL, 10), strtoull(word[2], NULL, 10), keep);
            word += 2;
        } else if (strcmp(*word, "keep") == 0) {
            keep = atol(*++word);
        } else if (strcmp(*word, "idle") == 0) {
            rest(now() + strtoull(*++word, NULL, 10) * 1000000);
        } else {
            if (strcmp(*word, "thread") == 0) {
                pthread_create(&threads[made++], NULL, run, word + 1);
            } else if ((child = fork()) == 0) {
                run(word + 1);
                _exit(0);
            }
            while (word[1] != NULL && strcmp(*word, "end") != 0)
                word++;
        }
    }
    while (made > 0)
        pthread_join(threads[--made], NULL);
    if (child != 0)
        waitpid(child, NULL, 0);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    FILE *file = fopen(argv[1], "w");
    size_t size = KEPT_MAX * sizeof *kept + sizeof *taken;
    kept = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (file == NULL || kept == MAP_FAILED)
        return 1;
    taken = (_Atomic uint64_t *)(kept + KEPT_MAX);
    domain = __itt_domain_create("moments");
    name = __itt_string_handle_create("kept");
    other = __itt_string_handle_create("other");
    run(argv + 2);
    uint64_t n = atomic_load(taken);
    return n <= KEPT_MAX && fwrite(kept, sizeof *kept, n, file) == n && fclose(file) == 0 ? 0 : 1;
}
