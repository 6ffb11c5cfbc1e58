/*
 * Settles recordings that say anything: it must come to an end, stay in its bounds (built with sanitizers), leave what is no
 * recording as it was, and write nowhere but where a chunk starts, in the head, and behind the end.
 *
 * An input is one byte of flags (1: the trace has a head, 2: that names the slots, 4: these have a head, 8: which is of this
 * trace), the length of the trace's part in two bytes, that part, and the slots' part, both as fuzz.h writes them.
 *
 * Built with -fsanitize=fuzzer -DCOVERAGE_GUIDED, a libFuzzer target. Else: settle_fuzz SEED ROUNDS INPUT...
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "fuzz_memory.h"
#include "recording.h"
#include <fcntl.h>
#include <sys/stat.h>

#define UNITS 6u
#define ROOM  (8 * UNITS * ITT_UNIT_SIZE) /* more than both files may become */

struct fuzz_block fuzz_blocks[FUZZ_KEPT];
static uint64_t settled;
static char folder[64], trace_path[96], slots_path[96], other_path[96];

static void remove_all(void)
{
    unlink(trace_path);
    unlink(slots_path);
    unlink(other_path);
    rmdir(folder);
}

static int make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    fuzz_check(fd >= 0, "no file");
    return fd;
}

static void prepare(void)
{
    strcpy(folder, "/dev/shm/itt-fuzz-XXXXXX");
    fuzz_check(mkdtemp(folder) != NULL, "no folder");
    snprintf(trace_path, sizeof trace_path, "%s/trace", folder);
    snprintf(slots_path, sizeof slots_path, "%s/slots", folder);
    snprintf(other_path, sizeof other_path, "%s/other", folder);
    int fd = make(other_path);
    fuzz_check(write(fd, "other", 5) == 5, "cannot write");
    close(fd);
    atexit(remove_all);
}

/* Makes the head what recording_settle() takes for one. */
static void make_head(int fd, bool is_trace, bool linked, uint64_t inode)
{
    struct recording_head head;
    struct stat st;
    memset((void *)&head, 0, sizeof head);
    if (pread(fd, (void *)&head, sizeof head, ITT_HEAD_OFFSET) < 0 || fstat(fd, &st) != 0)
        abort();
    memcpy(head.magic, ITT_MAGIC, 8);
    head.version = ITT_FORMAT_VERSION;
    head.unit_size = ITT_UNIT_SIZE;
    memset(head.uuid, 7, sizeof head.uuid);
    head.host = recording_host();
    memset(head.slots_path, 0, sizeof head.slots_path);
    if (is_trace && linked)
        strcpy(head.slots_path, slots_path);
    else if (linked)
        head.trace_inode = inode;
    if (pwrite(fd, (void *)&head, sizeof head, ITT_HEAD_OFFSET) != sizeof head ||
        (st.st_size < (off_t)ITT_UNIT_SIZE && ftruncate(fd, ITT_UNIT_SIZE) != 0))
        abort();
}

static size_t read_all(const char *path, uint8_t *to)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = read(fd, to, ROOM);
    fuzz_check(fd >= 0 && size >= 0 && size < ROOM, "a file is gone");
    close(fd);
    return (size_t)size;
}

static bool is_recording(const uint8_t *bytes, size_t size)
{
    struct recording_head head;
    if (size < ITT_UNIT_SIZE)
        return false;
    memcpy((void *)&head, bytes + ITT_HEAD_OFFSET, sizeof head);
    return recording_head_valid(&head);
}

static void check(const uint8_t *before, size_t size, const uint8_t *after, size_t now, size_t slots)
{
    const bool ours = is_recording(before, size);
    fuzz_check(now >= size && now <= size + slots * 5 + ITT_UNIT_SIZE, "size of the trace");
    fuzz_check(ours || now == size, "a foreign file grew");
    for (size_t unit = 0; unit < size; unit += ITT_UNIT_SIZE) {
        size_t start = 8, end = size - unit < ITT_UNIT_SIZE ? size - unit : ITT_UNIT_SIZE;
        if (unit == 0 && slots != 0)
            start = ITT_HEAD_OFFSET + sizeof(struct recording_head);
        if (!ours || unit == 0)
            fuzz_check(memcmp(before + unit, after + unit, start < end ? 8 : end) == 0,
                       "a change at a start");
        fuzz_check(start >= end || memcmp(before + unit + start, after + unit + start, end - start) == 0,
                   "a change within the trace");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stat st;
    static uint8_t before[ROOM], after[ROOM], slots_before[ROOM], other[ROOM];
    if (folder[0] == '\0')
        prepare();
    if (size < 3)
        return 0;
    const uint8_t flags = data[0];
    size_t part = (size_t)(data[1] | data[2] << 8);
    part = part < size - 3 ? part : size - 3;
    int trace = make(trace_path), slots = make(slots_path);
    fuzz_write(trace, data + 3, part, UNITS);
    fuzz_write(slots, data + 3 + part, size - 3 - part, UNITS);
    if (flags & 1)
        make_head(trace, true, flags & 2, 0);
    if (flags & 4)
        make_head(slots, false, flags & 8, fstat(trace, &st) == 0 ? st.st_ino : 0);
    close(trace);
    close(slots);
    const size_t trace_size = read_all(trace_path, before), slots_size = read_all(slots_path, slots_before);
    const int error = recording_settle(trace_path);
    settled += error == 0;
    const bool taken = (flags & 15) == 15;
    check(before, trace_size, after, read_all(trace_path, after), taken ? slots_size : 0);
    fuzz_check(read_all(other_path, other) == 5 && memcmp(other, "other", 5) == 0, "another file changed");
    fuzz_check(stat(slots_path, &st) == 0 || (taken && error == 0), "slots of another trace were removed");
    return 0;
}

#ifndef COVERAGE_GUIDED
static void fuzz_report(void)
{
    printf("%llu settled\n", (unsigned long long)settled);
}
#include "fuzz_spoil.h"
#endif
