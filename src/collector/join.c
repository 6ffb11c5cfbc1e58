#define _GNU_SOURCE
#include "join.h"
#include "file.h"
#include "recording.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 700 /* out of the way of programs that count on low numbers */

/* A file that we come back to. `fd` is changed by any thread, relaxed: each use checks what it is. */
struct held_file {
    char path[4096];
    dev_t device;
    ino_t inode;
    _Atomic int fd;
};

struct join joined;
static struct held_file trace_file;
static struct held_file slots_file;

static bool held_is(const struct held_file *file, int fd)
{
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == file->device && st.st_ino == file->inode;
}

static int open_high(const char *path)
{
    int low = open(path, O_RDWR | O_CLOEXEC);
    if (low < 0)
        return -1;
    int high = fcntl(low, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
    if (high < 0)
        return low;
    close(low);
    return high;
}

static int held_open(struct held_file *file)
{
    int fd = atomic_load_explicit(&file->fd, memory_order_relaxed);
    if (held_is(file, fd))
        return fd;
    int fresh = open_high(file->path);
    if (fresh < 0)
        return -1;
    if (!held_is(file, fresh)) {
        close(fresh);
        errno = ESTALE;
        return -1;
    }
    if (!atomic_compare_exchange_strong_explicit(&file->fd, &fd, fresh, memory_order_relaxed,
                                                 memory_order_relaxed)) {
        close(fresh); /* another thread was faster */
        return fd;
    }
    return fresh;
}

static int held_take(struct held_file *file, const char *path)
{
    struct stat st;
    size_t length = strlen(path);
    if (length >= sizeof file->path)
        return ENAMETOOLONG;
    memcpy(file->path, path, length + 1);
    int fd = open_high(path);
    if (fd < 0)
        return errno;
    if (fstat(fd, &st) != 0) {
        int error = errno;
        close(fd);
        return error;
    }
    file->device = st.st_dev;
    file->inode = st.st_ino;
    atomic_store_explicit(&file->fd, fd, memory_order_relaxed);
    return 0;
}

int join_trace(void)
{
    return held_open(&trace_file);
}

int join_slots(void)
{
    return held_open(joined.spill ? &slots_file : &trace_file);
}

void join_stop(uint32_t reason)
{
    uint32_t none = 0;
    atomic_compare_exchange_strong_explicit(&joined.head->stop_reason, &none, reason, memory_order_relaxed,
                                            memory_order_relaxed);
    atomic_fetch_or_explicit(&joined.head->state, ITT_STATE_STOPPED, memory_order_release);
}

/* Opens the recording at path, making it if there is none. ESTALE: it is another host's or another run's. */
static int join_path(const char *path, const struct recording_options *options)
{
    struct recording_map map;
    int error = recording_map(path, true, &map);
    if (error == ENOENT) {
        error = recording_create(path, options);
        if (error == 0 || error == EEXIST)
            error = recording_map(path, true, &map);
    }
    if (error != 0)
        return error;
    if (map.head->run != options->run || map.head->host != recording_host() ||
        (!map.in_slots && map.head->slots_path[0] != '\0')) {
        recording_unmap(&map);
        return ESTALE;
    }
    error = held_take(&trace_file, path);
    if (error == 0 && map.in_slots) {
        char slots[sizeof map.head->slots_path];
        int fd = join_trace();
        if (file_read(fd, slots, sizeof slots,
                      ITT_HEAD_OFFSET + offsetof(struct recording_head, slots_path)) < 0)
            error = errno;
        slots[sizeof slots - 1] = '\0';
        if (error == 0)
            error = held_take(&slots_file, slots);
    }
    if (error != 0) {
        recording_unmap(&map);
        return error;
    }
    joined.spill = map.in_slots;
    int fd = join_slots();
    struct stat st;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) == 0;
    if (joined.spill && (!locked || fstat(fd, &st) != 0 || st.st_nlink == 0)) {
        recording_unmap(&map); /* its slots are being brought home at this moment, or were just before */
        return ESTALE;
    }
    joined.track_bits = (uint64_t)(map.head->uuid[0] | map.head->uuid[1] << 8) << ITT_TRACK_KEY_SHIFT;
    joined.head = map.head;
    return 0;
}

/* NAME.pftrace -> NAME.HOST.pftrace, NAME.HOST.2.pftrace ... */
static int beside(const char *path, unsigned try, char *to, size_t size)
{
    char host[64] = "", number[16] = "";
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(path, '.');
    gethostname(host, sizeof host - 1);
    if (dot == NULL || dot < slash || dot == slash + 1)
        dot = path + strlen(path);
    if (try > 1)
        snprintf(number, sizeof number, ".%u", try);
    int n = snprintf(to, size, "%.*s.%s%s%s", (int)(dot - path), path, host, number, dot);
    return n < 0 || (size_t)n >= size ? ENAMETOOLONG : 0;
}

/* strerror() may allocate and look at the locale. */
static const char *error_text(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return "permission denied";
    case ENOENT:
        return "no such folder";
    case ENOSPC:
    case EDQUOT:
        return "no space left";
    case EFBIG:
        return "a limit of the file's size is reached";
    case EROFS:
        return "the file system is read-only";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    case ENOMEM:
        return "out of memory";
    default:
        return "cannot be opened or made";
    }
}

/* Nobody sees what we cannot write: leave the reason where `itt record` looks. */
static void leave_reason(uint64_t run, const char *path, int error)
{
    static char file[512], line[4600];
    const char *dir = secure_getenv("TMPDIR");
    snprintf(file, sizeof file, "%s/itt-%016llx.reason", dir != NULL && dir[0] == '/' ? dir : "/tmp",
             (unsigned long long)run);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    int n = snprintf(line, sizeof line, "%s: %s (errno %d)\n", path, error_text(error), error);
    file_write(fd, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1, 0);
    close(fd);
}

void join_complain(int error)
{
    leave_reason(joined.head->run, trace_file.path, error);
}

int join_recording(void)
{
    const char *path = secure_getenv("ITT_TRACE");
    const char *run = secure_getenv("ITT_RUN");
    const char *paused = secure_getenv("ITT_START_PAUSED");
    const char *slots = secure_getenv("ITT_SLOTS");
    static char other[sizeof trace_file.path];
    if (path == NULL || path[0] == '\0')
        return ENOENT;
    const struct recording_options options = {
        .run = run == NULL ? 0 : strtoull(run, NULL, 16),
        .paused = paused != NULL && strcmp(paused, "1") == 0,
        .slots_dir = slots == NULL || slots[0] == '\0' ? NULL : slots,
    };
    int error = join_path(path, &options);
    for (unsigned try = 1; (error == ESTALE || error == EBADMSG) && try < 100; try++) {
        error = beside(path, try, other, sizeof other);
        if (error == 0)
            error = join_path(other, &options);
    }
    if (error != 0)
        leave_reason(options.run, path, error);
    return error;
}
