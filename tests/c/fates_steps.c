/*
 * Runs a child instruction by instruction while it labels and hands its slot over, and keeps a copy of the file after each
 * that changed it: what would be there if the child were killed now.
 *
 *     fates_steps TRACE FOLDER [SLOTS_FOLDER | UNIT CALLS]
 *
 * A line for each copy: its number, and how many calls had returned; then how many instructions there were. With SLOTS_FOLDER
 * its one file is copied, too. With UNIT the slot is the chunk that begins there, the steps begin after so many CALLS, and three tasks
 * are open around all others.
 */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNIT   65536u
#define LARGE  (4 * UNIT)
#define MAPPED (64 * UNIT)
#define NEAR   260 /* bytes left in the slot when the steps begin: it is handed over with some 140 */
#define AFTER  6   /* calls after the hand-over */

static volatile long *calls; /* that have returned; written by the child */

static void child(int outer)
{
    __itt_domain *domain = __itt_domain_create("one");
    for (int i = 0; i < outer; i++) {
        char text[16];
        snprintf(text, sizeof text, "outer %d", i);
        __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create(text));
    }
    __itt_string_handle *name = __itt_string_handle_create("task");
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    for (long i = 1;; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        ++*calls;
        __itt_task_end(domain);
        ++*calls;
        if (i % 4 == 0)
            raise(SIGSTOP);
    }
}

/* A file that another process writes, as it was at the last look. */
struct watched {
    int fd;
    const uint8_t *now;
    uint8_t *before;
    size_t size;
};

static bool watch(struct watched *file, const char *path)
{
    file->fd = open(path, O_RDONLY);
    file->now = mmap(NULL, MAPPED, PROT_READ, MAP_SHARED, file->fd, 0);
    file->before = calloc(1, MAPPED);
    file->size = 0;
    return file->fd >= 0 && file->now != MAP_FAILED && file->before != NULL;
}

/* The packet at `at`: its size; 0 where there is none. *shown: how many bytes of it are not under a cover. */
static size_t packet(const uint8_t *at, size_t *shown)
{
    size_t head = 1, length = 0;
    for (unsigned shift = 0; head < 6; shift += 7) {
        length |= (size_t)(at[head] & 0x7f) << shift;
        if (at[head++] < 0x80)
            break;
    }
    *shown = at[head] == 0x7a ? head + 4 : head + length;
    return at[0] == 0x0a ? head + length : 0;
}

/* Whether what changed lies under covers, where no reader looks. */
static bool is_hidden(const struct watched *file, size_t size)
{
    size_t at = UNIT, shown; /* the head, under the first cover, is looked at */
    if (size != file->size || memcmp(file->now, file->before, UNIT) != 0)
        return false;
    while (at + 16 < size) {
        size_t total = packet(file->now + at, &shown);
        if (total == 0 || at + total > size || memcmp(file->now + at, file->before + at, shown) != 0)
            return false;
        at += total;
    }
    return true;
}

/* Whether it changed, as far as readers see. */
static bool look(struct watched *file)
{
    struct stat st;
    if (fstat(file->fd, &st) != 0 || st.st_size > (off_t)MAPPED)
        exit(4);
    size_t size = (size_t)st.st_size;
    if (size == file->size && memcmp(file->now, file->before, size) == 0)
        return false;
    const bool hidden = is_hidden(file, size);
    memcpy(file->before, file->now, size);
    file->size = size;
    return !hidden;
}

static void keep(const struct watched *file, const char *folder, long number, const char *suffix)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%04ld.%s", folder, number, suffix);
    FILE *copy = fopen(path, "wb");
    if (copy == NULL || fwrite(file->before, 1, file->size, copy) != file->size || fclose(copy) != 0)
        exit(5);
}

/* Bytes that are left in the large chunk that begins at this unit; LARGE where there is none yet. */
static size_t left(const struct watched *file, size_t unit)
{
    size_t at = unit * UNIT, end = at + LARGE;
    if (file->size < end)
        return LARGE;
    while (at < end) {
        size_t shown, total = packet(file->before + at, &shown);
        if (total == 0 || shown < total) /* the cover */
            return end - at;
        at += total;
    }
    return 0;
}

static bool go_on(pid_t pid, enum __ptrace_request how)
{
    int status;
    return ptrace(how, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

static bool only_file(const char *folder, char *path, size_t size)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    bool found = false;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.')
            found = snprintf(path, size, "%s/%s", folder, entry->d_name) > 0;
    }
    if (dir != NULL)
        closedir(dir);
    return found;
}

int main(int argc, char **argv)
{
    char slots_path[4200];
    struct watched trace, slots;
    calls = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const bool ring = argc > 4;
    const size_t unit = ring ? (size_t)atol(argv[3]) : 2;
    const long least = ring ? atol(argv[4]) : 0;
    pid_t pid = argc > 2 ? fork() : -1;
    if (pid == 0)
        child(ring ? 3 : 0);
    int status;
    bool spill = argc == 4;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) || !watch(&trace, argv[1]))
        return 1;
    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL);
    if (spill && (!only_file(argv[3], slots_path, sizeof slots_path) || !watch(&slots, slots_path)))
        return 1;
    struct watched *with_slot = spill ? &slots : &trace;
    do {
        if (!go_on(pid, PTRACE_CONT) || *calls > least + 100000)
            return 2;
        if (*calls >= least)
            look(with_slot);
    } while (*calls < least || left(with_slot, unit) > NEAR);

    long steps = 0, kept = 0, until = 0;
    while (until == 0 || *calls < until) {
        bool changed = look(&trace);
        if (spill)
            changed |= look(&slots);
        if (changed) {
            keep(&trace, argv[2], kept, "pftrace");
            if (spill)
                keep(&slots, argv[2], kept, "slots");
            printf("%ld %ld\n", kept++, *calls);
            if (until == 0 && left(with_slot, unit) > NEAR)
                until = *calls + AFTER;
        }
        if (!go_on(pid, PTRACE_SINGLESTEP))
            return 3;
        steps++;
    }
    printf("%ld instructions\n", steps);
    kill(pid, SIGKILL);
    return 0;
}
