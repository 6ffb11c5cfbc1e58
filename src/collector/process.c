#define _GNU_SOURCE
#include "process.h"
#include "clock.h"
#include "file.h"
#include "join.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SLEPT_NS 1000000    /* a smaller difference is noise of the measurement */
#define LOOK_NS  100000000u /* a look takes longer than an anchor of the clock */

static void (*when_joined)(void);
static char command[ITT_TEXT_MAX];
static size_t command_length;
static size_t name_start, name_length; /* within command */
static _Atomic uint64_t boot_offset;   /* written at init and by process_check_boot_offset(), relaxed */
static _Atomic uint64_t boot_looked;   /* when it was looked at last; relaxed */
static _Atomic uint64_t boot_moved;    /* when it was written last, 0 for at init; relaxed */

/* Kernels before 4.14 cannot wipe on fork: then an atfork handler does it. */
struct wiped_range {
    void *start;
    size_t size;
};
#define UNWIPED_MAX 1024
static struct wiped_range unwiped[UNWIPED_MAX];
static _Atomic uint32_t unwiped_count;

static void wipe_by_hand(void)
{
    uint32_t count = atomic_load_explicit(&unwiped_count, memory_order_acquire);
    for (uint32_t i = 0; i < count && i < UNWIPED_MAX; i++) {
        if (unwiped[i].start != NULL)
            madvise(unwiped[i].start, unwiped[i].size, MADV_DONTNEED);
    }
}

static bool wipe_in_children(void *memory, size_t size)
{
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
    if (madvise(memory, size, MADV_WIPEONFORK) == 0)
        return true;
    uint32_t i = atomic_fetch_add_explicit(&unwiped_count, 1, memory_order_acq_rel);
    if (i == 0 && pthread_atfork(NULL, NULL, wipe_by_hand) != 0)
        return false;
    if (i >= UNWIPED_MAX)
        return false;
    unwiped[i] = (struct wiped_range){memory, size};
    return true;
}

void *process_wiped_memory(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (!wipe_in_children(memory, size)) {
        munmap(memory, size);
        return NULL;
    }
    return memory;
}

/* /proc/self/cmdline, its words parted by spaces; the name is the first word's last part. */
static void read_command(void)
{
    static char raw[ITT_TEXT_MAX + 1];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    int64_t length = fd < 0 ? 0 : file_read(fd, raw, ITT_TEXT_MAX, 0);
    if (fd >= 0)
        close(fd);
    while (length > 0 && raw[length - 1] == '\0')
        length--;
    size_t first = name_clean(command, sizeof command, raw); /* up to the first NUL */
    for (int64_t i = 0; i < length; i++) {
        if (raw[i] == '\0')
            raw[i] = ' ';
    }
    command_length = name_clean(command, sizeof command, raw);
    for (size_t i = 0; i + 1 < first; i++) {
        if (command[i] == '/')
            name_start = i + 1;
    }
    name_length = first - name_start;
}

void process_init(void (*joined_by)(void))
{
    when_joined = joined_by;
    read_command();
    atomic_store_explicit(&boot_offset, clock_offset(CLOCK_BOOTTIME), memory_order_relaxed);
}

uint64_t process_new_track(const struct join *join)
{
    uint64_t key = atomic_fetch_add_explicit(&join->head->next_key, 1, memory_order_relaxed);
    return key << (ITT_TRACK_KEY_SHIFT + 16) | join->track_bits;
}

/* Of this process alone: `ready` is 1. */
static void describe(struct process *self, const struct join *join)
{
    do {
        self->track = process_new_track(join);
        self->pid = (uint32_t)getpid();
        when_joined();
        atomic_store_explicit(&self->ready, 2, memory_order_release);
    } while (self->pid == 0 || self->track == 0); /* a handler forked in between */
}

struct process *process_in(struct join *join)
{
    const struct timespec nap = {0, 1000};
    struct process *self = join->process;
    sigset_t before;
    if (atomic_load_explicit(&self->ready, memory_order_acquire) == 2 || !join_hold(join, &before))
        return self;
    for (;;) {
        uint32_t state = 0;
        if (atomic_compare_exchange_strong_explicit(&self->ready, &state, 1, memory_order_acquire,
                                                    memory_order_acquire))
            describe(self, join);
        if (state != 1)
            break;
        nanosleep(&nap, NULL); /* a few instructions of another thread: not of this one, see thread_shut() */
    }
    join_let_go(join, &before);
    return self;
}

void process_count(const struct join *join)
{
    if (atomic_exchange_explicit(&join->process->counted, 1, memory_order_relaxed) == 0)
        atomic_fetch_add_explicit(&join->head->processes, 1, memory_order_relaxed);
}

struct text process_name(void)
{
    return (struct text){command + name_start, name_length};
}

struct text process_command(void)
{
    return (struct text){command, command_length};
}

uint64_t process_boot_offset(void)
{
    return atomic_load_explicit(&boot_offset, memory_order_relaxed);
}

bool process_slept_since(uint64_t time)
{
    return time < atomic_load_explicit(&boot_moved, memory_order_relaxed);
}

void process_check_boot_offset(void)
{
    const uint64_t time = clock_system(CLOCK_MONOTONIC_COARSE);
    if (time - atomic_load_explicit(&boot_looked, memory_order_relaxed) < LOOK_NS)
        return;
    atomic_store_explicit(&boot_looked, time, memory_order_relaxed);
    uint64_t now = clock_offset(CLOCK_BOOTTIME);
    int64_t moved = (int64_t)(now - process_boot_offset());
    if (moved > SLEPT_NS || moved < -SLEPT_NS) {
        atomic_store_explicit(&boot_offset, now, memory_order_relaxed);
        atomic_store_explicit(&boot_moved, clock_system(CLOCK_MONOTONIC), memory_order_relaxed);
    }
}
