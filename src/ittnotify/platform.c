#define _GNU_SOURCE
#include "platform.h"
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A program that is linked statically, or on an old system without -ldl, has no collector: it must still link. */
#pragma weak dlopen
#pragma weak dlsym
#pragma weak dlerror

uint64_t itt_part_self(void)
{
    return (uint64_t)getpid() << 32 | (uint32_t)syscall(SYS_gettid);
}

void itt_part_nap(unsigned round)
{
    const struct timespec millisecond = {0, 1000000};

    if (round < 100)
        sched_yield();
    else
        nanosleep(&millisecond, NULL);
}

const char *itt_part_environment(const char *name)
{
    const char *value = secure_getenv(name);

    return value && *value ? value : NULL;
}

/* Whether a part of the file that gets mapped lies behind its end: the loader would die of that. */
static bool image_is_cut(int file, off_t size)
{
    ElfW(Ehdr) head;
    ElfW(Phdr) part;

    if (pread(file, &head, sizeof head, 0) != (ssize_t)sizeof head ||
        memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return false;
    if (head.e_phentsize != sizeof part)
        return false;
    for (unsigned i = 0; i < head.e_phnum; i++) {
        if (pread(file, &part, sizeof part, (off_t)(head.e_phoff + i * sizeof part)) != (ssize_t)sizeof part)
            return false;
        if (part.p_type == PT_LOAD &&
            (part.p_offset > (uint64_t)size || part.p_filesz > (uint64_t)size - part.p_offset))
            return true;
    }
    return false;
}

/* What the loader would not survive: a pipe without a writer, a truncated library. It tells of all else by itself. */
static const char *file_fault(const char *path)
{
    struct stat status;
    bool cut;
    int file;

    if (!strchr(path, '/') || stat(path, &status) != 0)
        return NULL; /* a name to be searched for, or nothing there */
    if (!S_ISREG(status.st_mode))
        return "not a regular file";
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    cut = image_is_cut(file, status.st_size);
    close(file);
    return cut ? "the file is truncated" : NULL;
}

void *itt_part_open(const char *path, const char **reason)
{
    void *library;

    if (!dlopen || !dlsym || !dlerror) {
        *reason = "the program is linked without dlopen";
        return NULL;
    }
    *reason = file_fault(path);
    if (*reason)
        return NULL;
    library = dlopen(path, RTLD_LAZY);
    if (!library)
        *reason = dlerror();
    return library;
}

void *itt_part_symbol(void *library, const char *name)
{
    return dlsym(library, name);
}
