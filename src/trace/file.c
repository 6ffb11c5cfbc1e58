#define _GNU_SOURCE
#include "file.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Under RLIMIT_FSIZE a call that grows a file raises SIGXFSZ, which kills: block it, and take back what we caused. */
struct size_guard {
    bool armed;
    bool pending; /* it was pending before us: leave it to the host */
    sigset_t mask;
};

static void size_guard_enter(struct size_guard *guard)
{
    struct rlimit limit;
    sigset_t set;
    guard->armed = getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
    if (!guard->armed)
        return;
    guard->pending = sigpending(&set) == 0 && sigismember(&set, SIGXFSZ) == 1;
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &set, &guard->mask);
}

static void size_guard_leave(struct size_guard *guard, int error)
{
    if (!guard->armed)
        return;
    if (error == EFBIG && !guard->pending) {
        const struct timespec none = {0, 0};
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGXFSZ);
        while (sigtimedwait(&set, NULL, &none) < 0 && errno == EINTR)
            continue;
    }
    pthread_sigmask(SIG_SETMASK, &guard->mask, NULL);
}

int file_reserve(int fd, uint64_t offset, uint64_t length)
{
    struct size_guard guard;
    int error;
    size_guard_enter(&guard);
    do {
        error = fallocate(fd, 0, (off_t)offset, (off_t)length) == 0 ? 0 : errno;
    } while (error == EINTR);
    size_guard_leave(&guard, error);
    return error;
}

void *file_map(int fd, uint64_t offset, size_t length, void *at)
{
    void *map = mmap(at, length, PROT_READ | PROT_WRITE, MAP_SHARED | (at != NULL ? MAP_FIXED : 0), fd,
                     (off_t)offset);
    if (map == MAP_FAILED)
        return NULL;
    madvise(map, length, MADV_RANDOM);
    return map;
}

int file_write(int fd, const void *data, size_t length, uint64_t offset)
{
    const char *at = data;
    struct size_guard guard;
    int error = 0;
    size_guard_enter(&guard);
    while (length > 0 && error == 0) {
        ssize_t n = pwrite(fd, at, length, (off_t)offset);
        if (n < 0) {
            error = errno == EINTR ? 0 : errno;
        } else if (n == 0) {
            error = ENOSPC;
        } else {
            at += n;
            length -= (size_t)n;
            offset += (uint64_t)n;
        }
    }
    size_guard_leave(&guard, error);
    return error;
}

int64_t file_read(int fd, void *data, size_t length, uint64_t offset)
{
    char *at = data;
    while (length > 0) {
        ssize_t n = pread(fd, at, length, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        at += n;
        length -= (size_t)n;
        offset += (uint64_t)n;
    }
    return at - (char *)data;
}
