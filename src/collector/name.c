#define _GNU_SOURCE
#include "name.h"
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define BUCKET        8u                   /* slots, a cache line */
#define FIRST_LEVEL   (128u * BUCKET)      /* slots */
#define LAST_LEVEL    (FIRST_LEVEL << 8)   /* more than names, so that it never fills */
#define TABLE_SIZE    (LAST_LEVEL / 3 * 4) /* of all levels, and a few slots */
#define ARENA_SIZE    ((uint64_t)64 << 20) /* a power of two; address space: memory only as it fills */
#define PASSING_CELLS 8192u

/* All of this is only ever added to: whatever moment a fork copies is a valid one. */
/* A slot: a hash, its last bits a place in the arena; set once, release. See slot_of(). */
static _Atomic uint64_t *table;
static _Atomic(struct name *) by_iid[ITT_NAME_LIMIT + 1]; /* set once, release, before the iid is given out */
static uint8_t *arena;
static _Atomic uint64_t arena_used; /* bytes taken, past the end when full */
static _Atomic uint32_t names_made; /* iids taken, past the limit when full */

struct passing {
    __itt_string_handle handle;
    char text[512 - sizeof(__itt_string_handle)];
};
static struct passing *passing; /* a ring: see make_passing() */
static _Atomic uint32_t passing_made;

static const char unnamed[] = "(unnamed)";

static void *map_memory(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* The length of the UTF-8 character at text, of which `left` bytes may be read up to a NUL; 0 where there is none. */
static size_t character_length(const unsigned char *text, size_t left)
{
    unsigned char c = text[0];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((c == 0xe0 && text[1] < 0xa0) || (c == 0xed && text[1] > 0x9f) || (c == 0xf0 && text[1] < 0x90) ||
        (c == 0xf4 && text[1] > 0x8f))
        return 0;
    return n;
}

/* Whether these 8 bytes are ASCII, and none of them NUL. */
static bool is_ascii(const unsigned char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) == 0;
}

/* How many of the first `most` bytes are whole characters, and none of them NUL. */
static size_t clean_run(const unsigned char *text, size_t left, size_t most)
{
    size_t length = 0;
    if (left < most)
        most = left;
    while (length < most) {
        if (most - length >= 8 && is_ascii(text + length)) {
            length += 8;
            continue;
        }
        if ((uint8_t)(text[length] - 1) < 0x7f) {
            length++;
            continue;
        }
        size_t n = text[length] == '\0' ? 0 : character_length(text + length, left - length);
        if (n == 0 || length + n > most)
            break;
        length += n;
    }
    return length;
}

/* Copies 8 bytes or more, the last ones twice. False: they are not ASCII alone. */
static bool copy_ascii(char *to, const char *from, size_t length)
{
    for (size_t i = 0; is_ascii((const unsigned char *)from + i); i = length - i < 16 ? length - 8 : i + 8) {
        memcpy(to + i, from + i, 8);
        if (i + 8 == length)
            return true;
    }
    return false;
}

size_t name_clean_text(char *to, size_t size, struct text text)
{
    if (text.length >= 8 && text.length <= size - 3 && copy_ascii(to, text.bytes, text.length))
        return text.length;
    const unsigned char *from = (const unsigned char *)text.bytes;
    size_t length = 0, left = text.length;
    while (left > 0) {
        size_t run = clean_run(from, left, size - 3 - length);
        memcpy(to + length, from, run);
        length += run;
        from += run;
        left -= run;
        if (left == 0)
            break;
        bool broken = *from == '\0' || character_length(from, left) == 0;
        if (!broken || length + 3 > size - 3) {
            memcpy(to + length, "\xe2\x80\xa6", 3); /* … */
            return length + 3;
        }
        memcpy(to + length, "\xef\xbf\xbd", 3); /* U+FFFD */
        length += 3;
        from++;
        left--;
    }
    return length;
}

size_t name_clean(char *to, size_t size, const char *text)
{
    return name_clean_text(to, size, (struct text){text, strnlen(text, size)});
}

static uint64_t hash_text(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

static struct name *name_new(const char *text, size_t length)
{
    size_t size = (sizeof(struct name) + length + 1 + 15) & ~(size_t)15;
    if (atomic_load_explicit(&names_made, memory_order_relaxed) >= ITT_NAME_LIMIT - 1)
        return NULL;
    uint64_t at = atomic_fetch_add_explicit(&arena_used, size, memory_order_relaxed);
    if (at + size > ARENA_SIZE)
        return NULL;
    uint32_t iid = atomic_fetch_add_explicit(&names_made, 1, memory_order_relaxed) + 1;
    if (iid >= NAME_MORE_DOMAINS)
        return NULL;
    struct name *name = (struct name *)(void *)(arena + at);
    name->iid = iid;
    name->length = (uint32_t)length;
    memcpy(name->text, text, length);
    name->domain.flags = 1;
    name->domain.nameA = name->text;
    name->domain.extra1 = (int)iid;
    name->handle.strA = name->text;
    name->handle.extra1 = (int)iid;
    atomic_store_explicit(&by_iid[iid], name, memory_order_release);
    return name;
}

/*
 * The slot to look in after `before` others. A name has a bucket in each of some tables, each four times as large as the one before: a
 * program with few names has few pages of them.
 */
static _Atomic uint64_t *slot_of(uint64_t hash, uint32_t before)
{
    _Atomic uint64_t *level = table;
    uint32_t size = FIRST_LEVEL;
    for (; before >= BUCKET && size < LAST_LEVEL; size *= 4) {
        before -= BUCKET;
        level += size;
    }
    return &level[(hash % (size / BUCKET) * BUCKET + before) % size];
}

static const struct name *intern_clean(const char *text, size_t length)
{
    const uint64_t hash = hash_text(text, length), place = ARENA_SIZE - 1;
    uint64_t own = 0;
    for (uint32_t before = 0;; before++) {
        _Atomic uint64_t *slot = slot_of(hash, before);
        uint64_t found = atomic_load_explicit(slot, memory_order_acquire);
        if (found == 0) {
            struct name *made = own == 0 ? name_new(text, length) : NULL;
            if (made != NULL)
                own = (hash & ~place) | (uint64_t)((uint8_t *)made - arena);
            if (own == 0)
                return NULL;
            if (atomic_compare_exchange_strong_explicit(slot, &found, own, memory_order_acq_rel,
                                                        memory_order_acquire))
                return (struct name *)(void *)(arena + (own & place));
        }
        /* What we made and another thread made first stays unused, and costs one number. */
        const struct name *name = (struct name *)(void *)(arena + (found & place));
        if (((found ^ hash) & ~place) == 0 && name->length == length && memcmp(name->text, text, length) == 0)
            return name;
    }
}

bool name_init(void)
{
    static const char more[] = "(more domains)";
    table = map_memory(TABLE_SIZE * sizeof *table);
    arena = map_memory(ARENA_SIZE);
    passing = map_memory(PASSING_CELLS * sizeof *passing);
    if (table == NULL || arena == NULL || passing == NULL)
        return false;
    struct name *name = (struct name *)(void *)arena;
    name->iid = NAME_MORE_DOMAINS;
    name->length = sizeof more - 1;
    memcpy(name->text, more, sizeof more);
    name->domain = (__itt_domain){.flags = 1, .nameA = name->text, .extra1 = NAME_MORE_DOMAINS};
    atomic_store_explicit(&arena_used, 256, memory_order_relaxed);
    atomic_store_explicit(&by_iid[NAME_MORE_DOMAINS], name, memory_order_release);
    return true;
}

/* Out of line for its big buffer: labels may be made on a signal's small stack. */
static __attribute__((noinline)) const struct name *intern_unclean(const char *text)
{
    char clean[ITT_TEXT_MAX];
    return intern_clean(clean, name_clean(clean, sizeof clean, text));
}

const struct name *name_intern(const char *text)
{
    if (text == NULL)
        text = unnamed;
    size_t length = 0;
    while (text[length] != '\0') {
        size_t n = character_length((const unsigned char *)text + length, SIZE_MAX);
        length += n;
        if (n == 0 || length > ITT_TEXT_MAX - 3)
            return intern_unclean(text);
    }
    return intern_clean(text, length);
}

/* Clients' objects of their own keep our number in extra1, which belongs to the collector: 0 where it is none of ours. */
static uint32_t extra_load(const int *extra)
{
    uint32_t iid = (uint32_t)__atomic_load_n(extra, __ATOMIC_ACQUIRE);
    if (iid > ITT_NAME_LIMIT || atomic_load_explicit(&by_iid[iid], memory_order_acquire) == NULL)
        return 0;
    return iid;
}

uint32_t name_of_handle(__itt_string_handle *handle)
{
    if (handle == NULL) {
        const struct name *name = name_intern(NULL);
        return name == NULL ? 0 : name->iid;
    }
    uint32_t iid = extra_load(&handle->extra1);
    if (iid != 0)
        return iid;
    const struct name *name = name_intern(handle->strA);
    if (name == NULL)
        return 0;
    __atomic_store_n(&handle->extra1, (int)name->iid, __ATOMIC_RELEASE);
    return name->iid;
}

uint32_t name_of_domain(const __itt_domain *domain)
{
    uint32_t iid = extra_load(&domain->extra1);
    if (iid != 0)
        return iid;
    const struct name *name = name_intern(domain->nameA);
    iid = name == NULL ? NAME_MORE_DOMAINS : name->iid;
    __atomic_store_n((int *)&domain->extra1, (int)iid, __ATOMIC_RELEASE);
    return iid;
}

struct text name_text(uint32_t iid)
{
    const struct name *name = atomic_load_explicit(&by_iid[iid], memory_order_acquire);
    if (name == NULL)
        return (struct text){"", 0};
    return (struct text){name->text, name->length};
}

uint32_t name_count(void)
{
    uint32_t count = atomic_load_explicit(&names_made, memory_order_relaxed);
    return count < ITT_NAME_LIMIT ? count : ITT_NAME_LIMIT - 1;
}

__itt_domain *name_make_domain(const char *text)
{
    const struct name *name = name_intern(text);
    if (name == NULL)
        name = atomic_load_explicit(&by_iid[NAME_MORE_DOMAINS], memory_order_acquire);
    return (__itt_domain *)&name->domain;
}

/*
 * Beyond the limit a handle lives in a ring of cells: it is right until PASSING_CELLS further ones were made, long
 * enough for a client that makes a handle and uses it, with memory that stays flat. Kept longer it shows another's name,
 * but it never points anywhere else: each cell's text is its own, and its last byte stays NUL.
 */
static __itt_string_handle *make_passing(const char *text)
{
    uint32_t n = atomic_fetch_add_explicit(&passing_made, 1, memory_order_relaxed);
    struct passing *cell = &passing[n % PASSING_CELLS];
    size_t length = name_clean(cell->text, sizeof cell->text - 1, text == NULL ? unnamed : text);
    cell->text[length] = '\0';
    cell->handle.strA = cell->text;
    __atomic_store_n(&cell->handle.extra1, 0, __ATOMIC_RELEASE); /* of the text before */
    return &cell->handle;
}

__itt_string_handle *name_make_handle(const char *text)
{
    const struct name *name = name_intern(text);
    return name == NULL ? make_passing(text) : (__itt_string_handle *)&name->handle;
}
