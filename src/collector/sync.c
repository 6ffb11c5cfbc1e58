#define _GNU_SOURCE
#include "sync.h"
#include "guard.h"
#include "instant.h"
#include "stitch.h"
#include "thread.h"
#include <stdio.h>
#include <string.h>

#define BUCKETS 4096u
#define CELLS   16u /* of a bucket */

/* What a slice or instant says of its object; also tells the keys of waits and holds apart. */
enum phrase { WAIT, HELD, ACQUIRED, RELEASE, PHRASES };
static const char *const phrases[PHRASES] = {"wait", "held", "acquire", "release"};

/*
 * The objects that have a name, by address: a table of bounded size that a forked child goes on with. Who has no room there is
 * recorded without a name. A cell is taken by compare-and-swap of `address`; the other fields are hints, relaxed.
 */
static struct object {
    _Atomic uintptr_t address;        /* 0: free */
    _Atomic uint32_t name;            /* iid; 0: none */
    _Atomic uint64_t phrase[PHRASES]; /* iid of NAME << 32 | iid of "wait NAME" and so on; 0: not made */
    _Atomic int attribute;
} objects[BUCKETS][CELLS];

static struct object *bucket_of(uintptr_t address)
{
    return objects[address * 0x9e3779b97f4a7c15u >> 52];
}

static struct object *find(uintptr_t address)
{
    struct object *bucket = bucket_of(address);
    for (uint32_t i = 0; i < CELLS; i++) {
        if (atomic_load_explicit(&bucket[i].address, memory_order_acquire) == address)
            return &bucket[i];
    }
    return NULL;
}

static struct object *find_or_make(uintptr_t address)
{
    struct object *object = find(address), *bucket = bucket_of(address);
    for (uint32_t i = 0; object == NULL && i < CELLS; i++) {
        uintptr_t free = 0;
        if (atomic_compare_exchange_strong(&bucket[i].address, &free, address))
            object = &bucket[i];
    }
    return object;
}

static void set_name(struct object *object, const char *text)
{
    const struct name *name = text == NULL || text[0] == '\0' ? NULL : name_intern(text);
    SPAN_SET(object->name, name == NULL ? 0 : name->iid);
}

/* An object without a name is called by its type. */
void sync_create(void *address, const char *type, const char *name, int attribute)
{
    struct guard guard = guard_enter();
    struct object *object = address == NULL ? NULL : find_or_make((uintptr_t)address);
    if (object != NULL) {
        set_name(object, name != NULL && name[0] != '\0' ? name : type);
        SPAN_SET(object->attribute, attribute);
    } else if (address != NULL) {
        atomic_fetch_add_explicit(&join_now()->head->names_beyond, 1, memory_order_relaxed);
    }
    guard_leave(guard);
}

static const char *part(char *to, size_t size, const char *text, int length)
{
    size_t n =
        text == NULL || length < 0 ? 0 : strnlen(text, (size_t)length < size ? (size_t)length : size - 1);
    memcpy(to, text, n);
    to[n] = '\0';
    return to;
}

int sync_name(void *address, const char *type, int type_length, const char *name, int name_length,
              int attribute)
{
    char texts[2][512];
    sync_create(address, part(texts[0], sizeof texts[0], type, type_length),
                part(texts[1], sizeof texts[1], name, name_length), attribute);
    return 0;
}

void sync_rename(void *address, const char *name)
{
    struct guard guard = guard_enter();
    struct object *object = address == NULL ? NULL : find_or_make((uintptr_t)address);
    if (object != NULL)
        set_name(object, name);
    guard_leave(guard);
}

/* Threads that made it at once have a cell each, of which find() knows the first. */
void sync_destroy(void *address)
{
    struct object *bucket = bucket_of((uintptr_t)address);
    if (address == NULL)
        return;
    for (uint32_t i = 0; i < CELLS; i++) {
        uintptr_t own = (uintptr_t)address;
        if (atomic_load_explicit(&bucket[i].address, memory_order_acquire) != own)
            continue;
        SPAN_SET(bucket[i].attribute, 0);
        atomic_compare_exchange_strong(&bucket[i].address, &own, 0);
    }
}

/* "wait NAME"; out of line for its buffer. NULL: no room for one more name. */
static __attribute__((noinline)) const struct name *compose(uint32_t name, enum phrase phrase)
{
    char text[ITT_TEXT_MAX];
    struct text of = name_text(name);
    snprintf(text, sizeof text, "%s %.*s", phrases[phrase], (int)of.length, of.bytes);
    return name_intern(text);
}

/* "wait" where there is no name. What was made of a name serves that name alone: another thread may change it meanwhile. */
static uint32_t phrase_of(struct object *object, enum phrase phrase)
{
    uint64_t made = object == NULL ? 0 : SPAN_GET(object->phrase[phrase]);
    uint32_t base = object == NULL ? 0 : SPAN_GET(object->name);
    if ((uint32_t)made != 0 && made >> 32 == base)
        return (uint32_t)made;
    const struct name *name = base == 0 ? NULL : compose(base, phrase);
    if (name == NULL)
        name = name_intern(phrases[phrase]);
    uint32_t iid = name == NULL ? 0 : name->iid;
    if (object != NULL)
        SPAN_SET(object->phrase[phrase], (uint64_t)base << 32 | iid);
    return iid;
}

/* Of this thread and object; found again by its end. */
static struct span_key key_of(const struct writer *w, uintptr_t address, enum phrase phrase)
{
    return (struct span_key){
        {address, w->track, UINT64_MAX - 1 - phrase}, stitch_word(STITCH_SYNC), ITT_KIND_SYNC};
}

/* In hexadecimal; snprintf() would take longer than all the rest. */
static struct annotation address_of(uintptr_t address, char *text, size_t size)
{
    char *at = text + size;
    do
        *--at = "0123456789abcdef"[address & 15];
    while ((address >>= 4) != 0);
    *--at = 'x';
    *--at = '0';
    return annotation_text("object", (struct text){at, (size_t)(text + size - at)});
}

static void begin(struct writer *w, struct object *object, uintptr_t address, enum phrase phrase)
{
    char text[32];
    struct annotation annotation = address_of(address, text, sizeof text);
    struct slice slice = {.key = key_of(w, address, phrase),
                          .place = stitch_place(w),
                          .name = phrase_of(object, phrase),
                          .annotations = &annotation,
                          .annotation_count = 1};
    struct span *span = slice_begin(w, &slice);
    if (span != NULL)
        span_open(slice_spans(w), span);
}

static struct span *take(struct writer *w, uintptr_t address, enum phrase phrase)
{
    const struct span_key key = key_of(w, address, phrase);
    return span_take(slice_spans(w), &key, id_hash(key.id));
}

/* A second one before the end of the first changes nothing. */
static void prepare(struct writer *w, struct object *object, uintptr_t address, uint64_t ticks)
{
    const struct span_key key = key_of(w, address, WAIT);
    (void)ticks;
    if (!span_is_open(slice_spans(w), &key, id_hash(key.id)))
        begin(w, object, address, WAIT);
}

static void cancel(struct writer *w, struct object *object, uintptr_t address, uint64_t ticks)
{
    struct span *span = take(w, address, WAIT);
    (void)object;
    if (span == NULL)
        slice_miss(w);
    else
        slice_end(w, span, false, ticks);
}

static void show(struct writer *w, struct object *object, uintptr_t address, enum phrase phrase)
{
    char text[32];
    struct annotation annotation = address_of(address, text, sizeof text);
    struct event event = {.type = EVENT_INSTANT,
                          .kind = ITT_KIND_SYNC,
                          .category = stitch_word(STITCH_SYNC),
                          .name = phrase_of(object, phrase),
                          .annotations = &annotation,
                          .annotation_count = 1};
    if (instant_wanted(w))
        instant_write(w, &event);
}

/*
 * Only what was given a name as a mutex is known to be released by who acquired it: with the same calls, programs and their
 * runtimes say what came before what, of any address.
 */
static bool can_be_held(const struct object *object)
{
    return object != NULL && SPAN_GET(object->attribute) != __itt_attr_barrier;
}

/*
 * Ends the wait, if there was one: who gets an object at once need not wait. From here on the thread has it; it may take it again, and
 * has it until it has released it as often.
 */
static void acquired(struct writer *w, struct object *object, uintptr_t address, uint64_t ticks)
{
    struct span *wait = take(w, address, WAIT), *held = take(w, address, HELD);
    if (wait != NULL)
        slice_end(w, wait, false, ticks);
    if (held != NULL) {
        SPAN_SET(held->again, SPAN_GET(held->again) + (SPAN_GET(held->again) < UINT16_MAX));
        span_open(slice_spans(w), held);
    } else if (can_be_held(object)) {
        begin(w, object, address, HELD);
    } else if (wait == NULL) {
        show(w, object, address, ACQUIRED);
    }
}

/* Who releases what it does not have (a barrier, an event, a lock that another thread took) says so by an instant. */
static void releasing(struct writer *w, struct object *object, uintptr_t address, uint64_t ticks)
{
    struct span *held = take(w, address, HELD);
    if (held == NULL) {
        show(w, object, address, RELEASE);
    } else if (SPAN_GET(held->again) != 0) {
        SPAN_SET(held->again, SPAN_GET(held->again) - 1);
        span_open(slice_spans(w), held);
    } else {
        slice_end(w, held, false, ticks);
    }
}

static void call(void (*what)(struct writer *, struct object *, uintptr_t, uint64_t), void *address)
{
    struct writer *w = address == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    uint64_t ticks = clock_ticks();
    struct guard guard = guard_enter();
    if (stitch_ready(w))
        what(w, find((uintptr_t)address), (uintptr_t)address, ticks);
    thread_leave(w);
    guard_leave(guard);
}

void sync_prepare(void *address)
{
    call(prepare, address);
}

void sync_cancel(void *address)
{
    call(cancel, address);
}

void sync_acquired(void *address)
{
    call(acquired, address);
}

void sync_releasing(void *address)
{
    call(releasing, address);
}
