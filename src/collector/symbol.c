#define _GNU_SOURCE
#include "symbol.h"
#include "file.h"
#include "name.h"
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_SIZE 4096u

/*
 * Address and iid of what was looked up, by hash of the address. A function is looked up by one thread, or by
 * several with the same result; `iid` is stored last, release. A full neighbourhood means looking up again.
 */
static struct {
    _Atomic(const void *) address;
    _Atomic uint32_t iid;
} cache[CACHE_SIZE];

/* The loaded object that an address lies in. */
struct object {
    uintptr_t address;
    uintptr_t base;
    const char *path; /* stays while the object is loaded */
};

static int find_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct object *object = data;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || object->address - start >= segment->p_memsz)
            continue;
        object->base = info->dlpi_addr;
        object->path = info->dlpi_name;
        return 1;
    }
    return 0;
}

static bool in_file(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

/* The function of the file's symbol table that covers `value`. Bounds are checked: the file may be anything. */
static const char *search_table(const uint8_t *file, uint64_t size, uint64_t value)
{
    const ElfW(Ehdr) *header = (const void *)file;
    if (size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_shentsize != sizeof(ElfW(Shdr)) || header->e_shoff % 8 != 0 ||
        !in_file(header->e_shoff, (uint64_t)header->e_shnum * sizeof(ElfW(Shdr)), size))
        return NULL;
    const ElfW(Shdr) *sections = (const void *)(file + header->e_shoff);
    for (unsigned i = 0; i < header->e_shnum; i++) {
        const ElfW(Shdr) *table = &sections[i];
        if ((table->sh_type != SHT_SYMTAB && table->sh_type != SHT_DYNSYM) ||
            table->sh_link >= header->e_shnum || !in_file(table->sh_offset, table->sh_size, size) ||
            table->sh_offset % 8 != 0)
            continue;
        const ElfW(Shdr) *strings = &sections[table->sh_link];
        if (!in_file(strings->sh_offset, strings->sh_size, size) || strings->sh_size == 0 ||
            file[strings->sh_offset + strings->sh_size - 1] != '\0')
            continue;
        const ElfW(Sym) *symbols = (const void *)(file + table->sh_offset);
        for (uint64_t n = 0; n < table->sh_size / sizeof *symbols; n++) {
            const ElfW(Sym) *symbol = &symbols[n];
            uint64_t length = symbol->st_size == 0 ? 1 : symbol->st_size;
            if ((symbol->st_info & 0xf) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
                value - symbol->st_value < length && symbol->st_name < strings->sh_size)
                return (const char *)file + strings->sh_offset + symbol->st_name;
        }
    }
    return NULL;
}

/* Not by dladdr(), which knows only what is exported, and waits for whoever loads a library, its constructors included. */
static bool search_file(const struct object *object, char *text, size_t size)
{
    const char *path = object->path[0] == '\0' ? "/proc/self/exe" : object->path;
    const char *found = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        uint64_t length = (uint64_t)st.st_size;
        void *file = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) {
            found = search_table(file, length, object->address - object->base);
            if (found != NULL)
                snprintf(text, size, "%s", found);
            munmap(file, length);
        }
    }
    close(fd);
    return found != NULL;
}

static void look_up(const void *address, char *text, size_t size)
{
    struct object object = {.address = (uintptr_t)address, .path = ""};
    if (dl_iterate_phdr(find_object, &object) == 0) {
        snprintf(text, size, "%p", address);
        return;
    }
    if (search_file(&object, text, size))
        return;
    const char *slash = strrchr(object.path, '/');
    const char *module = slash != NULL ? slash + 1 : object.path[0] != '\0' ? object.path : "program";
    snprintf(text, size, "%s+0x%lx", module, (unsigned long)(object.address - object.base));
}

bool symbol_is_loaded(uintptr_t address)
{
    struct object object = {.address = address, .path = ""};
    return dl_iterate_phdr(find_object, &object) != 0;
}

uint32_t symbol_name(const void *address, char *text, size_t size)
{
    if (address == NULL) {
        const struct name *unnamed = name_intern(NULL);
        snprintf(text, size, "(unnamed)");
        return unnamed == NULL ? 0 : unnamed->iid;
    }
    size_t i = ((uintptr_t)address >> 4) * 0x9e3779b97f4a7c15u >> 40;
    for (size_t probe = 0; probe < 8; probe++, i++) {
        const void *found = NULL;
        if (!atomic_compare_exchange_strong(&cache[i % CACHE_SIZE].address, &found, address) &&
            found != address)
            continue;
        uint32_t iid = atomic_load_explicit(&cache[i % CACHE_SIZE].iid, memory_order_acquire);
        if (iid == 0) {
            look_up(address, text, size);
            const struct name *name = name_intern(text);
            iid = name == NULL ? 0 : name->iid;
            atomic_store_explicit(&cache[i % CACHE_SIZE].iid, iid, memory_order_release);
        }
        return iid;
    }
    look_up(address, text, size);
    const struct name *name = name_intern(text);
    return name == NULL ? 0 : name->iid;
}
