#define _GNU_SOURCE
#include "recording.h"
#include "file.h"
#include "ring.h"
#include "wire.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

_Static_assert(ITT_HEAD_OFFSET + sizeof(struct recording_head) <= ITT_RING_OWNERS_OFFSET &&
                   ITT_RING_OWNERS_OFFSET + ITT_RING_OWNERS * 4 <= RECORDING_HEAD_MAPPED,
               "the head and the ring's flags fit its page");

static uint64_t hash_file(uint64_t hash, const char *path)
{
    char text[512];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hash;
    int64_t n = file_read(fd, text, sizeof text, 0);
    close(fd);
    for (int64_t i = 0; i < n; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
    return hash;
}

uint64_t recording_host(void)
{
    uint64_t hash = hash_file(0xcbf29ce484222325u, "/proc/sys/kernel/random/boot_id");
    return hash_file(hash, "/proc/self/timens_offsets");
}

/* File systems on which two mappings, or a mapping and a pwrite, may not agree. */
static bool sharing_is_doubtful(int fd)
{
    static const uint32_t kinds[] = {
        0x6969 /* NFS */,       0x0bd00bd0 /* Lustre */, 0x47504653 /* GPFS */,   0xff534d42 /* CIFS */,
        0xfe534d42 /* SMB2 */,  0x517b /* SMB */,        0x01021997 /* 9p */,     0x65735546 /* FUSE */,
        0x00c36400 /* Ceph */,  0x19830326 /* BeeGFS */, 0x5346414f /* AFS */,    0x6b414653 /* kAFS */,
        0xaad7aaea /* PanFS */, 0x013111a8 /* IBRIX */,  0x7461636f /* OCFS2 */,  0x01161970 /* GFS2 */,
        0x20030528 /* PVFS2 */, 0x61756673 /* aufs */,   0x786f4256 /* vboxsf */,
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if ((uint32_t)fs.f_type == kinds[i])
            return true;
    }
    return false;
}

/* Whether the file at fd can hold slots: space can be reserved and mapped for sharing. EOPNOTSUPP: not on this file system. */
static int try_to_hold_slots(int fd)
{
    int error = sharing_is_doubtful(fd) ? EOPNOTSUPP : file_reserve(fd, 0, ITT_UNIT_SIZE);
    if (error != 0)
        return error == ENOSYS ? EOPNOTSUPP : error;
    void *page = mmap(NULL, RECORDING_HEAD_MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return errno == ENOMEM ? ENOMEM : EOPNOTSUPP;
    munmap(page, RECORDING_HEAD_MAPPED);
    return 0;
}

static uint64_t clock_now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void random_bytes(void *to, size_t length)
{
    if (syscall(SYS_getrandom, to, length, 1 /* GRND_NONBLOCK */) == (long)length)
        return;
    uint64_t mix = clock_now(CLOCK_MONOTONIC) ^ (uint64_t)getpid() << 32 ^ (uintptr_t)to;
    for (size_t i = 0; i < length; i++) {
        mix = mix * 6364136223846793005u + 1442695040888963407u;
        ((uint8_t *)to)[i] = (uint8_t)(mix >> 56);
    }
}

static uint8_t *padded10(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 9; i++, value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/*
 * The first bytes of a file, 32 of trace_uuid packet and 8 of cover:
 *
 *   0A 1E [CA 05 16 [08 msb10][10 lsb10]][7A 03 000000] | 0A len3 7A len3 | recording_head ...
 */
static void head_fill(uint8_t *page, const struct recording_options *options, const uint8_t uuid[16])
{
    struct recording_head *head = (struct recording_head *)(void *)(page + ITT_HEAD_OFFSET);
    uint64_t half[2];
    uint8_t *at = page;
    memset(page, 0, RECORDING_HEAD_MAPPED);
    memcpy(half, uuid, 16);
    *at++ = WIRE_PACKET_TAG;
    *at++ = 30;
    at = wire_tag(at, 89, WIRE_BYTES);
    *at++ = 22;
    at = padded10(wire_tag(at, 1, WIRE_VARINT), half[0]);
    at = padded10(wire_tag(at, 2, WIRE_VARINT), half[1]);
    *at++ = WIRE_COVER_TAG;
    *at++ = 3;
    uint64_t cover = wire_cover(ITT_UNIT_SIZE - 32);
    memcpy(page + 32, &cover, 8);

    memcpy(head->magic, ITT_MAGIC, 8);
    head->version = ITT_FORMAT_VERSION;
    head->unit_size = ITT_UNIT_SIZE;
    atomic_init(&head->state, options->paused ? ITT_STATE_PAUSED : 0);
    head->max_units = options->max_size / ITT_UNIT_SIZE;
    head->ring_chunks = ring_chunks_for(options->ring);
    atomic_init(&head->next, 1);
    atomic_init(&head->spill_next, 1);
    atomic_init(&head->next_sequence, 1);
    atomic_init(&head->next_key, 1);
    memcpy(head->uuid, uuid, 16);
    head->run = options->run;
    head->wanted = options->wanted;
    head->host = recording_host();
    head->start_realtime = clock_now(CLOCK_REALTIME);
    head->start_boottime = clock_now(CLOCK_BOOTTIME);
    gethostname(head->hostname, sizeof head->hostname - 1);
    snprintf(head->collector, sizeof head->collector, "itt");
}

/* Writes unit 0: the head's page, the rest as a hole or reserved space. */
static int head_write(int fd, const uint8_t *page)
{
    int error = file_reserve(fd, 0, ITT_UNIT_SIZE);
    if (error == EOPNOTSUPP || error == ENOSYS)
        error = ftruncate(fd, ITT_UNIT_SIZE) == 0 ? 0 : errno;
    return error != 0 ? error : file_write(fd, page, RECORDING_HEAD_MAPPED, 0);
}

/* Makes the file of slots in `dir`, its path in `path`. */
static int slots_create(const char *dir, const uint8_t *page, uint64_t run, char *path, size_t size)
{
    uint32_t tag;
    random_bytes(&tag, sizeof tag);
    int n = snprintf(path, size, "%s/itt-%016llx-%08x.slots", dir, (unsigned long long)run, tag);
    if (n < 0 || (size_t)n >= size)
        return ENAMETOOLONG;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    int error = try_to_hold_slots(fd);
    if (error == 0)
        error = head_write(fd, page);
    close(fd);
    if (error != 0)
        unlink(path);
    return error;
}

/* The first local folder that can hold the slots; the one asked for, if any, and no other. */
static int slots_place(const char *dir, const uint8_t *page, uint64_t run, char *path, size_t size)
{
    const char *dirs[] = {secure_getenv("XDG_RUNTIME_DIR"), "/dev/shm", secure_getenv("TMPDIR"), "/tmp"};
    int error = ENOENT;
    if (dir != NULL)
        return slots_create(dir, page, run, path, size);
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        if (dirs[i] == NULL || dirs[i][0] != '/')
            continue;
        error = slots_create(dirs[i], page, run, path, size);
        if (error == 0)
            return 0;
    }
    path[0] = '\0';
    return error;
}

/* Gives the whole file its name; never replaces another. */
static int name_give(const char *temporary, const char *path)
{
    if (link(temporary, path) == 0) {
        unlink(temporary);
        return 0;
    }
    if (errno == EEXIST || errno == ENOENT || errno == EACCES || errno == ENOSPC)
        return errno;
    /* No hard links here. */
    if (syscall(SYS_renameat2, AT_FDCWD, temporary, AT_FDCWD, path, 1u /* RENAME_NOREPLACE */) == 0)
        return 0;
    if (errno == EEXIST)
        return EEXIST;
    /* Nor that: take the name first, then replace our own empty file. */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    if (rename(temporary, path) == 0)
        return 0;
    int error = errno;
    unlink(path);
    return error;
}

/* What making a file needs, in memory of its own: the caller's stack may be small. */
struct making {
    uint8_t page[RECORDING_HEAD_MAPPED];
    char temporary[4096 + 16];
    char slots[sizeof(((struct recording_head *)0)->slots_path)];
};

static int make(struct making *making, const char *path, const struct recording_options *options)
{
    struct recording_head *head = (struct recording_head *)(void *)(making->page + ITT_HEAD_OFFSET);
    uint8_t uuid[16];
    uint32_t tag;
    random_bytes(uuid, sizeof uuid);
    random_bytes(&tag, sizeof tag);
    const char *slash = strrchr(path, '/');
    const int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    int n = snprintf(making->temporary, sizeof making->temporary, "%.*s.itt-%08x", folder, path, tag);
    if (n < 0 || (size_t)n >= sizeof making->temporary)
        return ENAMETOOLONG;
    /* For nobody else: command lines may tell secrets. */
    int fd = open(making->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    head_fill(making->page, options, uuid);
    int error = options->slots_dir != NULL ? EOPNOTSUPP : try_to_hold_slots(fd);
    atomic_store(error == EOPNOTSUPP ? &head->spill_next : &head->next, ring_end(head->ring_chunks));
    if (error == EOPNOTSUPP) {
        struct stat st;
        head->trace_inode = fstat(fd, &st) == 0 ? st.st_ino : 0;
        error =
            slots_place(options->slots_dir, making->page, options->run, making->slots, sizeof making->slots);
        memcpy(head->slots_path, making->slots, sizeof making->slots);
    }
    if (error == 0)
        error = head_write(fd, making->page);
    if (error == 0)
        error = ring_make(fd, head);
    if (error == 0)
        error = name_give(making->temporary, path);
    close(fd);
    if (error != 0) {
        unlink(making->temporary);
        if (head->slots_path[0] != '\0')
            unlink(head->slots_path);
    }
    return error;
}

int recording_create(const char *path, const struct recording_options *options)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return EEXIST;
    struct making *making =
        mmap(NULL, sizeof *making, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (making == MAP_FAILED)
        return errno;
    int error = make(making, path, options);
    munmap(making, sizeof *making);
    return error;
}

bool recording_head_valid(const struct recording_head *head)
{
    return memcmp(head->magic, ITT_MAGIC, 8) == 0 && head->version == ITT_FORMAT_VERSION &&
           head->unit_size == ITT_UNIT_SIZE;
}

/* Maps the head of one file. A file too short to hold it would raise SIGBUS at the first look. */
static int head_map(const char *path, int flags, void **base, struct recording_file *file)
{
    struct stat st = {0};
    int error = 0;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
    if (fd < 0)
        return errno;
    if (fstat(fd, &st) != 0)
        error = errno;
    else if (!S_ISREG(st.st_mode))
        error = ENODEV; /* nor is a file wanted beside it, in /dev */
    else if (st.st_size < (off_t)ITT_UNIT_SIZE)
        error = EBADMSG;
    if (error == 0) {
        *base = mmap(NULL, RECORDING_HEAD_MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (*base == MAP_FAILED)
            error = errno;
    }
    *file = (struct recording_file){st.st_dev, st.st_ino};
    close(fd);
    if (error == 0 && !recording_head_valid((void *)((uint8_t *)*base + ITT_HEAD_OFFSET))) {
        munmap(*base, RECORDING_HEAD_MAPPED);
        error = EBADMSG;
    }
    return error;
}

int recording_map(const char *path, struct recording_map *map)
{
    int error = head_map(path, 0, &map->base, &map->trace);
    if (error != 0)
        return error;
    map->in_slots = false;
    map->head = (void *)((uint8_t *)map->base + ITT_HEAD_OFFSET);
    if (map->head->slots_path[0] == '\0' || map->head->host != recording_host())
        return 0;
    char slots[sizeof map->head->slots_path];
    void *base;
    memcpy(slots, map->head->slots_path, sizeof slots);
    slots[sizeof slots - 1] = '\0';
    if (head_map(slots, O_NOFOLLOW, &base, &map->slots) != 0)
        return 0;
    struct recording_head *live = (void *)((uint8_t *)base + ITT_HEAD_OFFSET);
    if (memcmp(live->uuid, map->head->uuid, sizeof live->uuid) != 0 ||
        live->trace_inode != map->trace.inode || map->slots.inode == map->trace.inode ||
        live->slots_path[0] != '\0') {
        munmap(base, RECORDING_HEAD_MAPPED);
        return 0;
    }
    recording_unmap(map);
    map->base = base;
    map->head = live;
    map->in_slots = true;
    return 0;
}

void recording_unmap(struct recording_map *map)
{
    munmap(map->base, RECORDING_HEAD_MAPPED);
    map->head = NULL;
}
