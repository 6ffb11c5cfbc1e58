/* src/trace/window.c by itself: windows FILE. Prints how many units
 * were claimed, and how many mappings there were while threads claimed, and in the end. */
#define _GNU_SOURCE
#include "format.h"
#include "window.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4
#define UNITS   40000u /* 2.6 GB, most of it a hole */

static int fd;
static struct windows windows;
static _Atomic uint64_t next = 1;
static _Atomic unsigned claimed;

static uint64_t word_of(uint64_t unit)
{
    return unit * 0x9e3779b97f4a7c15u | 1;
}

static uint64_t word_at(uint64_t unit)
{
    uint64_t word = 0;
    assert(pread(fd, &word, sizeof word, (off_t)(unit * ITT_UNIT_SIZE)) == sizeof word);
    return word;
}

static void *claims(void *arg)
{
    for (;;) {
        uint64_t unit = atomic_fetch_add_explicit(&next, 1 + (uintptr_t)arg, memory_order_relaxed);
        struct window *window;
        if (unit >= UNITS)
            return NULL;
        uint8_t *page;
        while ((page = window_enter(&windows, fd, unit, &window)) == NULL)
            sched_yield(); /* until somebody has moved on: a claim maps its own page */
        atomic_fetch_add_explicit(&claimed, 1, memory_order_relaxed);
        if (unit % 64 == 0)
            sched_yield(); /* while others go on */
        uint64_t none = 0;
        assert(atomic_compare_exchange_strong((_Atomic uint64_t *)(void *)page, &none, word_of(unit)));
        window_leave(window);
    }
}

static void by_threads(void)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        assert(pthread_create(&threads[i], NULL, claims, (void *)i) == 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    unsigned found = 0;
    for (uint64_t unit = 0; unit < UNITS; unit++) {
        uint64_t word = word_at(unit);
        assert(word == 0 || word == word_of(unit));
        found += word != 0;
    }
    assert(found == atomic_load(&claimed));
    printf("%u ", found);
}

/* Which is entered at a unit that it shows; NULL: none. */
static struct window *entered(uint64_t unit)
{
    struct window *window = NULL;
    uint8_t *page = window_enter(&windows, fd, unit, &window);
    assert((page == NULL) == (window == NULL));
    if (page != NULL)
        assert(memcmp(page, (uint64_t[]){word_at(unit)}, 8) == 0);
    return window;
}

/* Both are in use: none for a third place, until one of them is left. */
static void kept(void)
{
    struct window *one = entered(100), *two = entered(5000);
    assert(one != NULL && two != NULL && one != two);
    assert(entered(9000) == NULL);
    assert(entered(101) == one && entered(5001) == two);
    window_leave(one);
    assert(entered(9000) == NULL);
    window_leave(one);
    assert(entered(9000) == one);
    assert(entered(100) == NULL && entered(5000) == two);
    for (int i = 0; i < 2; i++)
        window_leave(two);
    window_leave(one);
    two = entered(100); /* and backwards */
    assert(two != NULL);
    window_leave(two);
}

/* A child of a thread while others are in one and move the other. */
static void forked(void)
{
    struct window *one = entered(200);
    atomic_fetch_or(&windows.each[one == &windows.each[0]].state, 0xffff);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        windows_forked(&windows);
        struct window *two = entered(7000), *three = entered(12000);
        assert(two != NULL && three != NULL && two != three);
        _exit(0);
    }
    int status;
    assert(waitpid(child, &status, 0) == child && status == 0);
}

/* No memory, and then there is. */
static void refused(void)
{
    windows_unmap(&windows);
    int closed = fd;
    fd = -1;
    struct window *window = NULL;
    assert(window_enter(&windows, fd, 300, &window) == NULL);
    fd = closed;
    window = entered(300);
    assert(window != NULL);
    window_leave(window);
}

static unsigned mappings(void)
{
    char line[8192];
    unsigned n = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL)
        n += strstr(line, "windows.file") != NULL;
    fclose(maps);
    return n;
}

int main(int argc, char **argv)
{
    assert(argc == 2);
    fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert(fd >= 0 && ftruncate(fd, (off_t)UNITS * ITT_UNIT_SIZE) == 0);
    by_threads();
    kept();
    printf("%u ", mappings());
    forked();
    windows_forked(&windows);
    refused();
    windows_unmap(&windows);
    printf("%u\n", mappings());
    return 0;
}
