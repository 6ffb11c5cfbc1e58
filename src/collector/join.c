#define _GNU_SOURCE
#include "join.h"
#include "file.h"
#include "lane.h"
#include "process.h"
#include "recording.h"
#include "ring.h"
#include "span.h"
#include "thread.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 700 /* out of the way of programs that count on low numbers */

_Atomic(struct join *) joined;
static struct join *all;  /* ever made, the newest first; written by join_recording() */
static uint64_t last_run; /* what it was called for */

static bool held_is(const struct held_file *file, int fd)
{
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == file->is.device &&
           st.st_ino == file->is.inode;
}

static int open_high(const char *path)
{
    int low = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (low < 0)
        return -1;
    int high = fcntl(low, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
    if (high < 0)
        return low;
    close(low);
    return high;
}

/* ESTALE: the name is another file's by now. */
static int open_held(const struct held_file *file)
{
    int fd = open_high(file->path);
    if (fd < 0 || held_is(file, fd))
        return fd;
    close(fd);
    errno = ESTALE;
    return -1;
}

static int held_open(struct held_file *file)
{
    int fd = atomic_load_explicit(&file->fd, memory_order_relaxed);
    if (held_is(file, fd))
        return fd;
    int fresh = open_held(file);
    if (fresh < 0)
        return -1;
    if (!atomic_compare_exchange_strong_explicit(&file->fd, &fd, fresh, memory_order_relaxed,
                                                 memory_order_relaxed)) {
        close(fresh); /* another thread was faster */
        return fd;
    }
    return fresh;
}

static int held_take(struct held_file *file, const char *path, struct recording_file is)
{
    size_t length = strlen(path);
    if (length >= sizeof file->path)
        return ENAMETOOLONG;
    memcpy(file->path, path, length + 1);
    file->is = is;
    int fd = open_held(file);
    if (fd < 0)
        return errno;
    atomic_store_explicit(&file->fd, fd, memory_order_relaxed);
    return 0;
}

static void held_close(struct held_file *file)
{
    int fd = atomic_exchange_explicit(&file->fd, -1, memory_order_relaxed);
    if (held_is(file, fd))
        close(fd);
}

int join_trace(struct join *join)
{
    return held_open(&join->trace);
}

int join_slots(struct join *join)
{
    return held_open(join->spill ? &join->slots : &join->trace);
}

void join_stop(struct recording_head *head, uint32_t reason)
{
    uint32_t none = 0;
    atomic_compare_exchange_strong_explicit(&head->stop_reason, &none, reason, memory_order_relaxed,
                                            memory_order_relaxed);
    atomic_fetch_or_explicit(&head->state, ITT_STATE_STOPPED, memory_order_release);
}

/* All but those that the program's own faults raise: a handler could fork, or take long. */
static void block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t others;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&others, faults[i]);
    pthread_sigmask(SIG_BLOCK, &others, before);
}

bool join_hold(struct join *join, sigset_t *before)
{
    block_signals(before);
    atomic_fetch_add(&join->users, 1);
    /* Counted before this look, and join_leave() looks in the other order: one of the two sees the other. */
    if (!(atomic_load(&join->head->state) & ITT_STATE_DETACHED))
        return true;
    join_let_go(join, before);
    return false;
}

void join_let_go(struct join *join, const sigset_t *before)
{
    if (atomic_fetch_sub(&join->users, 1) == 1 && join_is_over(join))
        join_leave(join);
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* The head's page becomes a copy of what it is now, at once: threads that are behind still look at it. */
static void head_let_go(struct join *join)
{
    uint8_t *page = (uint8_t *)join->head - ITT_HEAD_OFFSET;
    uint8_t *copy =
        mmap(NULL, RECORDING_HEAD_MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return;
    memcpy(copy, page, RECORDING_HEAD_MAPPED);
    if (mremap(copy, RECORDING_HEAD_MAPPED, RECORDING_HEAD_MAPPED, MREMAP_MAYMOVE | MREMAP_FIXED, page) ==
        MAP_FAILED)
        munmap(copy, RECORDING_HEAD_MAPPED);
}

enum { STAYS, LEAVING, LEFT };

void join_leave(struct join *join)
{
    uint32_t stays = STAYS;
    sigset_t before;
    /* In this order, see join_hold(): DETACHED is seen, then that nobody is left. */
    if (!(atomic_load(&join->head->state) & ITT_STATE_DETACHED))
        return;
    if (atomic_load_explicit(&join->left, memory_order_relaxed) != STAYS || atomic_load(&join->users) != 0 ||
        !join_is_over(join))
        return;
    block_signals(&before);
    if (atomic_compare_exchange_strong(&join->left, &stays, LEAVING)) {
        thread_sweep(join, true);
        held_close(&join->trace);
        held_close(&join->slots);
        ring_unmap(join->ring, join->ring_chunks);
        join->ring = NULL;
        windows_unmap(&join->windows);
        head_let_go(join);
        atomic_store(&join->left, LEFT);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void join_forked(void)
{
    for (struct join *join = all; join != NULL; join = join->older) {
        atomic_store_explicit(&join->users, 0, memory_order_relaxed);
        windows_forked(&join->windows);
    }
}

struct join *join_astray(const struct join *join)
{
    static struct join astray;
    if (join == NULL || join == &astray)
        return join == NULL ? NULL : &astray;
    memcpy((void *)&astray, (const void *)join, sizeof astray);
    atomic_store(&astray.left, LEFT);
    atomic_store(&astray.users, 0);
    astray.astray = true;
    return &astray;
}

/* One that nobody has any more, or a new one, which is listed. */
static struct join *join_make(void)
{
    struct join *join = all;
    while (join != NULL && (join == join_now() || atomic_load(&join->left) != LEFT ||
                            atomic_load(&join->users) != 0 || thread_sweep(join, false) != 0))
        join = join->older;
    if (join != NULL) {
        memset((void *)join->process, 0, sizeof *join->process);
        lane_wipe(join->lanes);
        span_wipe(join->spans);
        return join;
    }
    void *page =
        mmap(NULL, RECORDING_HEAD_MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    join = mmap(NULL, sizeof *join, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct process *process = process_wiped_memory((size_t)sysconf(_SC_PAGESIZE));
    struct lanes *lanes = lane_make();
    struct spans *spans = span_make();
    if (page == MAP_FAILED || join == MAP_FAILED || process == NULL || lanes == NULL || spans == NULL)
        return NULL;
    join->head = (struct recording_head *)(void *)((uint8_t *)page + ITT_HEAD_OFFSET);
    join->process = process;
    join->lanes = lanes;
    join->spans = spans;
    atomic_store(&join->left, LEFT);
    atomic_store(&join->trace.fd, -1);
    atomic_store(&join->slots.fd, -1);
    join->older = all;
    all = join;
    return join;
}

/* Whether the ring lies in what is claimed: nothing else does there. */
static bool ring_is_claimed(const struct recording_map *map, uint32_t chunks)
{
    const _Atomic uint64_t *next = map->in_slots ? &map->head->spill_next : &map->head->next;
    return chunks == 0 || ring_end(chunks) <= atomic_load_explicit(next, memory_order_relaxed);
}

/* Opens the recording at path, making it if there is none. ESTALE: it is another host's or another run's. */
static int join_path(struct join *join, const char *path, struct recording_options *options)
{
    struct recording_map map;
    struct stat st;
    int error = recording_map(path, &map);
    if (error == ENOENT) {
        error = recording_create(path, options);
        if (error == 0 || error == EEXIST)
            error = recording_map(path, &map);
    }
    if (error != 0)
        return error;
    if (map.head->run != options->run || map.head->host != recording_host() ||
        (!map.in_slots && map.head->slots_path[0] != '\0')) {
        if (map.head->run == options->run) { /* another host's file of the same recording is like it */
            options->wanted = map.head->wanted;
            options->max_size = map.head->max_units * ITT_UNIT_SIZE;
            options->ring = (uint64_t)ring_kept(map.head) * ITT_LARGE_CHUNK;
        }
        recording_unmap(&map);
        return ESTALE;
    }
    join->ring_chunks = map.head->ring_chunks;
    if (!ring_is_claimed(&map, join->ring_chunks)) {
        recording_unmap(&map);
        return EBADMSG;
    }
    error = atomic_load(&map.head->state) & ITT_STATE_DETACHED ? ECANCELED
                                                               : held_take(&join->trace, path, map.trace);
    if (error == 0 && map.in_slots) {
        char slots[sizeof map.head->slots_path];
        int fd = join_trace(join);
        if (file_read(fd, slots, sizeof slots,
                      ITT_HEAD_OFFSET + offsetof(struct recording_head, slots_path)) < 0)
            error = errno;
        slots[sizeof slots - 1] = '\0';
        if (error == 0)
            error = held_take(&join->slots, slots, map.slots);
    }
    join->spill = map.in_slots;
    if (error == 0) {
        int fd = join_slots(join);
        bool locked = flock(fd, LOCK_SH | LOCK_NB) == 0;
        if (join->spill && (!locked || fstat(fd, &st) != 0 || st.st_nlink == 0))
            error = ESTALE; /* its slots are being brought home at this moment, or were just before */
    }
    join->track_bits = (uint64_t)(map.head->uuid[0] | map.head->uuid[1] << 8) << ITT_TRACK_KEY_SHIFT;
    if (error == 0 &&
        mremap(map.base, RECORDING_HEAD_MAPPED, RECORDING_HEAD_MAPPED, MREMAP_MAYMOVE | MREMAP_FIXED,
               (uint8_t *)join->head - ITT_HEAD_OFFSET) == MAP_FAILED)
        error = errno;
    if (error != 0) {
        recording_unmap(&map);
        held_close(&join->trace);
        held_close(&join->slots);
        return error;
    }
    join->ring = join->spill ? NULL : ring_map(join_trace(join), join->ring_chunks);
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
    leave_reason(join_now()->head->run, join_now()->trace.path, error);
}

static uint64_t wanted_run(void)
{
    const char *run = secure_getenv("ITT_RUN");
    return run == NULL ? 0 : strtoull(run, NULL, 16);
}

bool join_wanted(void)
{
    return wanted_run() != last_run;
}

static bool is_disabled(void)
{
    const char *disable = secure_getenv("ITT_DISABLE");
    return disable != NULL && disable[0] != '\0' && strcmp(disable, "0") != 0;
}

int join_recording(void)
{
    const char *path = secure_getenv("ITT_TRACE");
    const char *paused = secure_getenv("ITT_START_PAUSED");
    const char *slots = secure_getenv("ITT_SLOTS");
    static char other[sizeof all->trace.path];
    last_run = wanted_run();
    if (path == NULL || path[0] == '\0')
        return ENOENT;
    if (is_disabled())
        return ECANCELED;
    struct recording_options options = {
        .run = last_run,
        .paused = paused != NULL && strcmp(paused, "1") == 0,
        .slots_dir = slots == NULL || slots[0] == '\0' ? NULL : slots,
    };
    struct join *join = join_make();
    int error = join == NULL ? ENOMEM : join_path(join, path, &options);
    for (unsigned try = 1; (error == ESTALE || error == EBADMSG) && try < 100; try++) {
        error = beside(path, try, other, sizeof other);
        if (error == 0)
            error = join_path(join, other, &options);
    }
    if (error == 0) {
        join->number = join_now() == NULL ? 1 : join_now()->number + 1;
        atomic_store(&join->left, STAYS);
        atomic_store(&joined, join);
    } else if (error != ECANCELED) {
        leave_reason(options.run, path, error);
    }
    return error;
}
