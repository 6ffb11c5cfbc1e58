/*
 * What a test cannot do to the machine, played to one program by LD_PRELOAD:
 *
 *     WORLD_QUOTA=BYTES   a file cannot grow beyond
 *     WORLD_CLOCK=NS      the time of day jumps by so much, there and back, at each look
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
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

int clock_gettime(clockid_t clock, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    static atomic_uint looks;
    const char *jump = getenv("WORLD_CLOCK");
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int error = real(clock, time);
    if (jump != NULL && clock == CLOCK_REALTIME && atomic_fetch_add(&looks, 1) % 2 == 1)
        time->tv_sec += atol(jump) / 1000000000;
    return error;
}
