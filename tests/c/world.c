/*
 * What a test cannot do to the machine, played to one program by LD_PRELOAD:
 *
 *     WORLD_QUOTA=BYTES   a file cannot grow beyond
 *     WORLD_CLOCK=NS      the time of day jumps by so much, there and back, at each look
 *     WORLD_SLEW=PPM      all clocks run faster by so much (slower: negative) from half a second after the first look
 *     WORLD_CLOCKSOURCE=PATH  is what the kernel says of its clock
 *     WORLD_SWAP=PATH     is renamed, once, to the file that is opened for the second time whose name ends in
 *     WORLD_SWAPPED=END
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int fallocate(int fd, int mode, off_t offset, off_t length)
{
    static int (*real)(int, int, off_t, off_t);
    const char *quota = getenv("WORLD_QUOTA");
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "fallocate");
    if (quota != NULL && offset + length > atol(quota)) {
        errno = EDQUOT;
        return -1;
    }
    return real(fd, mode, offset, length);
}

/* As adjtimex() does it. */
static void slew(clockid_t clock, struct timespec *time, int64_t ppm)
{
    static _Atomic int64_t starts[CLOCK_BOOTTIME + 1];
    int64_t now = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec, start = 0;
    if (clock < 0 || clock > CLOCK_BOOTTIME)
        return;
    if (atomic_compare_exchange_strong(&starts[clock], &start, now))
        return;
    int64_t since = now - start - 500000000;
    if (since < 0)
        return;
    now += since / 1000000 * ppm + since % 1000000 * ppm / 1000000;
    time->tv_sec = now / 1000000000;
    time->tv_nsec = now % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    static atomic_uint looks;
    const char *jump = getenv("WORLD_CLOCK"), *ppm = getenv("WORLD_SLEW");
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int error = real(clock, time);
    if (jump != NULL && clock == CLOCK_REALTIME && atomic_fetch_add(&looks, 1) % 2 == 1)
        time->tv_sec += atol(jump) / 1000000000;
    if (ppm != NULL)
        slew(clock, time, atol(ppm));
    return error;
}

int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    static atomic_uint opened;
    const char *swap = getenv("WORLD_SWAP"), *end = getenv("WORLD_SWAPPED");
    const char *clocksource = getenv("WORLD_CLOCKSOURCE");
    size_t length = strlen(path);
    mode_t mode = 0;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "open");
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    bool counts = swap != NULL && !(flags & O_CREAT) && length >= strlen(end) &&
                  strcmp(path + length - strlen(end), end) == 0;
    if (counts && atomic_load(&opened) == 1)
        rename(swap, path);
    if (clocksource != NULL && strstr(path, "/current_clocksource") != NULL)
        path = clocksource;
    int fd = real(path, flags, mode);
    if (counts && fd >= 0)
        atomic_fetch_add(&opened, 1);
    return fd;
}
