#define _GNU_SOURCE
#include "files.h"
#include "file.h"
#include "recording.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe must not hold us, nor a terminal become ours. */
#define CAREFULLY (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

int files_read_head(int fd, struct recording_head *head)
{
    int64_t n = file_read(fd, head, sizeof *head, ITT_HEAD_OFFSET);
    if (n < 0)
        return errno;
    return n == sizeof *head && recording_head_valid(head) ? 0 : EBADMSG;
}

/* A plain file, long enough for a head. */
static int check(int fd, struct stat *st)
{
    if (fstat(fd, st) != 0)
        return errno;
    return S_ISREG(st->st_mode) && st->st_size >= (off_t)ITT_UNIT_SIZE ? 0 : EBADMSG;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Takes the slots that the trace's head names, where they are this trace's: by a head that says so, in a plain file with one
 * name that belongs to us or to whom the trace belongs. Nobody else shall have us write, or remove, what he chooses.
 */
static void open_slots(struct files *files, bool writable, const struct stat *trace)
{
    struct recording_head live;
    struct stat st;
    char path[sizeof files->head.slots_path];
    memcpy(path, files->head.slots_path, sizeof path);
    path[sizeof path - 1] = '\0';
    char *slash = strrchr(path, '/');
    if (path[0] != '/' || strlen(slash + 1) >= sizeof files->name)
        return;
    strcpy(files->name, slash + 1);
    slash[slash == path] = '\0';
    files->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (files->folder < 0)
        return;
    files->slots =
        openat(files->folder, files->name, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | CAREFULLY);
    if (files->slots < 0)
        return;
    if (check(files->slots, &st) == 0 && st.st_nlink == 1 &&
        (st.st_uid == geteuid() || st.st_uid == trace->st_uid) && !same_file(&st, trace) &&
        files_read_head(files->slots, &live) == 0 &&
        memcmp(live.uuid, files->head.uuid, sizeof live.uuid) == 0 && live.trace_inode == trace->st_ino &&
        live.slots_path[0] == '\0') {
        memcpy((void *)&files->head, (const void *)&live, sizeof live);
        return;
    }
    close(files->slots);
    files->slots = -1;
}

int files_open(const char *path, bool writable, struct files *files)
{
    struct stat st;
    files->slots = files->folder = -1;
    files->trace = open(path, (writable ? O_RDWR : O_RDONLY) | CAREFULLY);
    if (files->trace < 0)
        return errno == EISDIR ? EBADMSG : errno;
    int error = check(files->trace, &st);
    if (error == 0)
        error = files_read_head(files->trace, &files->head);
    if (error != 0)
        close(files->trace);
    else if (files->head.slots_path[0] != '\0' && files->head.host == recording_host())
        open_slots(files, writable, &st);
    return error;
}

void files_close(struct files *files)
{
    close(files->trace);
    if (files->slots >= 0)
        close(files->slots);
    if (files->folder >= 0)
        close(files->folder);
}

int files_remove_slots(const struct files *files)
{
    struct stat named, held;
    if (fstatat(files->folder, files->name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
        fstat(files->slots, &held) != 0)
        return errno;
    if (!same_file(&named, &held))
        return ESTALE;
    return unlinkat(files->folder, files->name, 0) == 0 ? 0 : errno;
}
