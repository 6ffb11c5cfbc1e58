/*
 * A collector for tests: writes a line for each call, its name and all its arguments, to the file FAKE_ITT_LOG.
 * It knows nothing of the table of functions: every function is spelled out here.
 *
 *   -DFAKE_PROTOCOL=2  binds the functions itself (__itt_api_init); the default
 *   -DFAKE_PROTOCOL=1  has __itt_api_version only: the static part looks the functions up
 *   -DFAKE_PROTOCOL=0  has neither
 *
 * In a line, texts are in double quotes (domains, names, counters, tracks by their names), ids are d1,d2,d3, pointers
 * hexadecimal, what a pointer points to has a *, and NULL is NULL. More variables of the environment:
 *
 *   FAKE_ITT_SKIP=NAME,NAME  functions that it does not bind      FAKE_ITT_SLEEP=MS  time that __itt_api_init takes
 *   FAKE_ITT_INSIDE=1        calls through unbound pointers from within __itt_api_init
 *   FAKE_ITT_LIST=1          writes the list of functions
 *   FAKE_ITT_VALUES=1        writes the numbers that metadata and counters have, in place of their addresses
 */
#define _GNU_SOURCE
#define INTEL_NO_MACRO_BODY
#include "ittnotify_collector.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef FAKE_PROTOCOL
#define FAKE_PROTOCOL 2
#endif
#define FAKE_TIMESTAMP 123456789012345ull

/* ---- The log ---- */

struct line {
    size_t length;
    char text[8192];
};

static void put(struct line *line, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line->text + line->length, sizeof line->text - line->length, format, arguments);
    va_end(arguments);
    if (length > 0)
        line->length += (size_t)length;
    if (line->length > sizeof line->text - 2)
        line->length = sizeof line->text - 2;
}

static void put_text(struct line *line, const char *text)
{
    if (!text) {
        put(line, " NULL");
        return;
    }
    put(line, " \"");
    for (; *text; text++) {
        if (*text == '\n')
            put(line, "\\n");
        else
            put(line, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    put(line, "\"");
}

static void put_id(struct line *line, const char *prefix, const __itt_id *id)
{
    if (id)
        put(line, " %s%llu,%llu,%llu", prefix, id->d1, id->d2, id->d3);
    else
        put(line, " NULL");
}

static void put_module(struct line *line, const __itt_module_object *module)
{
    put(line, " *%u,%d", module->version, (int)module->module_type);
    put_id(line, "", &module->module_id);
    put_text(line, module->module_name);
    put(line, " %p %zu", module->module_buffer, module->module_size);
    for (size_t i = 0; i < module->section_number; i++) {
        const __itt_section_info *section = &module->section_array[i];

        put_text(line, section->name);
        put(line, " %d,%zx,%p,%zu,%zu", (int)section->type, section->flags, section->start_addr,
            section->size, section->file_offset);
    }
}

static void put_clock(struct line *line, __itt_get_clock_info_fn function, void *data)
{
    __itt_clock_info info = {0, 0};

    function(&info, data);
    put(line, " *%llu,%llu", info.clock_freq, info.clock_base);
}

/* What a pointer to numbers points to, where FAKE_ITT_VALUES asks for it. */
static void put_values(struct line *line, __itt_metadata_type type, size_t count, const void *data)
{
    if (!getenv("FAKE_ITT_VALUES")) {
        put(line, " %p", data);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        switch (type) {
        case __itt_metadata_s64:
            put(line, " %lld", ((const long long *)data)[i]);
            break;
        case __itt_metadata_u32:
            put(line, " %u", ((const unsigned *)data)[i]);
            break;
        case __itt_metadata_s32:
            put(line, " %d", ((const int *)data)[i]);
            break;
        case __itt_metadata_u16:
            put(line, " %u", ((const unsigned short *)data)[i]);
            break;
        case __itt_metadata_s16:
            put(line, " %d", ((const short *)data)[i]);
            break;
        case __itt_metadata_float:
            put(line, " %.9g", (double)((const float *)data)[i]);
            break;
        case __itt_metadata_double:
            put(line, " %.17g", ((const double *)data)[i]);
            break;
        default:
            put(line, " %llu", ((const unsigned long long *)data)[i]);
        }
    }
}

static void put_context(struct line *line, const __itt_context_metadata *data)
{
    if (getenv("FAKE_ITT_VALUES") && data->type == __itt_context_unitsA)
        put(line, " *%d,%s", (int)data->type, (const char *)data->value);
    else
        put(line, " *%d,%p", (int)data->type, data->value);
}

static void line_write(struct line *line)
{
    const char *path = getenv("FAKE_ITT_LOG");
    int file;

    if (!path)
        return;
    line->text[line->length++] = '\n';
    file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line->text, line->length) != (ssize_t)line->length)
        abort();
    close(file);
}

/* One letter of codes to each argument, or two as to lists: their length goes before. */
static void say(const char *name, const char *codes, ...)
{
    struct line line = {0, {0}};
    va_list more;
    int count;
    size_t length;

    put(&line, "%s", name);
    va_start(more, codes);
    for (; *codes; codes++) {
        switch (*codes) {
        case 'A': /* array of int */
            count = va_arg(more, int);
            for (const int *value = va_arg(more, const int *); count > 0; count--)
                put(&line, " *%d", *value++);
            break;
        case 'C': {
            const __itt_counter_info_t *counter = va_arg(more, const __itt_counter_info_t *);
            put_text(&line, counter ? counter->nameA : NULL);
            break;
        }
        case 'D': {
            const __itt_domain *domain = va_arg(more, const __itt_domain *);
            put_text(&line, domain ? domain->nameA : NULL);
            break;
        }
        case 'F': {
            const __itt_get_clock_info_fn function = va_arg(more, __itt_get_clock_info_fn);
            put_clock(&line, function, va_arg(more, void *));
            break;
        }
        case 'G':
            put_text(&line, va_arg(more, const __itt_track_group *)->name->strA);
            break;
        case 'H':
            put_text(&line, va_arg(more, const __itt_histogram *)->nameA);
            break;
        case 'I':
            put_id(&line, "", va_arg(more, const __itt_id *));
            break;
        case 'J':
            put_id(&line, "*", va_arg(more, const __itt_id *));
            break;
        case 'K': {
            const __itt_clock_domain *clock = va_arg(more, const __itt_clock_domain *);
            put(&line, " %p", clock ? clock->fn_data : NULL);
            break;
        }
        case 'M':
            put_module(&line, va_arg(more, const __itt_module_object *));
            break;
        case 'N': { /* numbers: the type and the count go before */
            int type = va_arg(more, int);
            length = va_arg(more, size_t);
            put_values(&line, (__itt_metadata_type)type, length, va_arg(more, void *));
            break;
        }
        case 'P':
            put(&line, " %p", va_arg(more, void *));
            break;
        case 'Q':
            put(&line, " *%p", *va_arg(more, void **));
            break;
        case 'R':
            put_text(&line, va_arg(more, const __itt_track *)->name->strA);
            break;
        case 'S': {
            const __itt_string_handle *handle = va_arg(more, const __itt_string_handle *);
            put_text(&line, handle ? handle->strA : NULL);
            break;
        }
        case 'T':
            put_text(&line, va_arg(more, const char *));
            break;
        case 'U':
            put(&line, " %llu", va_arg(more, unsigned long long));
            break;
        case 'X': /* array of context metadata */
            length = va_arg(more, size_t);
            for (const __itt_context_metadata *data = va_arg(more, const __itt_context_metadata *); length;
                 length--, data++)
                put_context(&line, data);
            break;
        case 'i':
            put(&line, " %d", va_arg(more, int));
            break;
        case 'u':
            put(&line, " %u", va_arg(more, unsigned));
            break;
        case 'z':
            put(&line, " %zu", va_arg(more, size_t));
            break;
        default:
            abort();
        }
    }
    va_end(more);
    line_write(&line);
}

/* ---- Objects: one to each name, in lists of the collector's own; none without a name ---- */

static pthread_mutex_t objects = PTHREAD_MUTEX_INITIALIZER;

static __itt_domain *domain_make(const char *name)
{
    static __itt_domain *list;
    __itt_domain *domain;

    if (!name)
        return NULL;
    pthread_mutex_lock(&objects);
    for (domain = list; domain && strcmp(domain->nameA, name) != 0; domain = domain->next)
        ;
    if (!domain) {
        domain = calloc(1, sizeof *domain);
        domain->nameA = strdup(name);
        domain->flags = 1;
        domain->next = list;
        list = domain;
    }
    pthread_mutex_unlock(&objects);
    return domain;
}

static __itt_string_handle *string_make(const char *name)
{
    static __itt_string_handle *list;
    __itt_string_handle *handle;

    if (!name)
        return NULL;
    pthread_mutex_lock(&objects);
    for (handle = list; handle && strcmp(handle->strA, name) != 0; handle = handle->next)
        ;
    if (!handle) {
        handle = calloc(1, sizeof *handle);
        handle->strA = strdup(name);
        handle->next = list;
        list = handle;
    }
    pthread_mutex_unlock(&objects);
    return handle;
}

static __itt_counter counter_make(const char *name, __itt_metadata_type type)
{
    static __itt_counter_info_t *list;
    __itt_counter_info_t *counter;

    if (!name)
        return NULL;
    counter = calloc(1, sizeof *counter);
    pthread_mutex_lock(&objects);
    counter->nameA = strdup(name);
    counter->type = (int)type;
    counter->next = list;
    list = counter;
    pthread_mutex_unlock(&objects);
    return (__itt_counter)counter;
}

/* The rest is not kept by name: a few of each. */
#define FEW 64

static __itt_histogram *histogram_make(const char *name)
{
    static __itt_histogram histograms[FEW];
    static unsigned made;
    __itt_histogram *histogram = &histograms[made++ % FEW];

    histogram->nameA = string_make(name)->strA;
    return histogram;
}

static __itt_clock_domain *clock_make(void *data)
{
    static __itt_clock_domain clocks[FEW];
    static unsigned made;
    __itt_clock_domain *clock = &clocks[made++ % FEW];

    clock->fn_data = data;
    return clock;
}

static __itt_track *track_make(__itt_string_handle *name)
{
    static __itt_track tracks[FEW];
    static unsigned made;
    __itt_track *track = &tracks[made++ % FEW];

    track->name = name;
    return track;
}

static __itt_track_group *group_make(__itt_string_handle *name)
{
    static __itt_track_group groups[FEW];
    static unsigned made;
    __itt_track_group *group = &groups[made++ % FEW];

    group->name = name;
    return group;
}

/* ---- The functions ---- */

static int counter_type(__itt_counter counter)
{
    const __itt_counter_info_t *info = (const __itt_counter_info_t *)counter;

    return info ? info->type : 0;
}

#define CALL(name, parameters, ...)                                                                          \
    void __itt_##name parameters                                                                             \
    {                                                                                                        \
        say(#name, __VA_ARGS__);                                                                             \
    }
#define DATA(name, type, value, parameters, ...)                                                             \
    type __itt_##name parameters                                                                             \
    {                                                                                                        \
        say(#name, __VA_ARGS__);                                                                             \
        return value;                                                                                        \
    }

#include "fake_functions.h"

void __itt_formatted_metadata_add(const __itt_domain *domain, __itt_string_handle *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format->strA, arguments);
    va_end(arguments);
    say("formatted_metadata_add", "DST", domain, format, text);
}

void __itt_formatted_metadata_add_overlapped(const __itt_domain *domain, __itt_id id,
                                             __itt_string_handle *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format->strA, arguments);
    va_end(arguments);
    say("formatted_metadata_add_overlapped", "DIST", domain, &id, format, text);
}

/* ---- Loading ---- */

#if FAKE_PROTOCOL >= 1
const char *__itt_api_version(void)
{
    return "fake collector";
}
#endif

#if FAKE_PROTOCOL >= 2

static int skipped(const char *name)
{
    const char *list = getenv("FAKE_ITT_SKIP");
    char wanted[128];
    char have[8192];

    if (!list)
        return 0;
    snprintf(wanted, sizeof wanted, ",%s,", name + strlen("__itt_"));
    snprintf(have, sizeof have, ",%s,", list);
    return strstr(have, wanted) != NULL;
}

static void *mutex_try(void *mutex)
{
    return pthread_mutex_trylock(mutex) == 0 ? mutex : NULL;
}

/* What a static part promises to a collector. */
static void global_check(__itt_global *global)
{
    static const unsigned char magic[8] = ITT_MAGIC_BYTES;
    pthread_t other;
    void *free_mutex = NULL;

    if (memcmp(global->magic, magic, sizeof magic) != 0)
        say("wrong_magic", "");
    if (!global->mutex_initialized || pthread_mutex_lock(&global->mutex) != 0 ||
        pthread_mutex_unlock(&global->mutex) != 0)
        say("wrong_mutex", "");
    if (pthread_create(&other, NULL, mutex_try, &global->mutex) != 0 ||
        pthread_join(other, &free_mutex) != 0 || free_mutex)
        say("mutex_not_held", "");
    for (const __itt_api_info *entry = global->api_list_ptr; entry->name; entry++)
        if (*entry->func_ptr != entry->init_func && *entry->func_ptr != entry->null_func && *entry->func_ptr)
            say("wrong_pointer", "T", entry->name);
}

static __itt_api_info *entry_find(__itt_global *global, const char *name)
{
    __itt_api_info *entry = global->api_list_ptr;

    while (entry->name && strcmp(entry->name, name) != 0)
        entry++;
    return entry->name ? entry : NULL;
}

static void adopt(__itt_global *global)
{
    for (__itt_domain *domain = global->domain_list; domain; domain = domain->next) {
        domain->flags = 1;
        say("adopt_domain", "D", domain);
    }
    for (__itt_string_handle *handle = global->string_list; handle; handle = handle->next)
        say("adopt_string", "S", handle);
    for (__itt_counter_info_t *counter = global->counter_list; counter; counter = counter->next)
        say("adopt_counter", "CT", counter, counter->domainA);
    if (!entry_find(global, "__itt_histogram_create"))
        return;
    for (__itt_histogram *histogram = global->histogram_list; histogram; histogram = histogram->next)
        say("adopt_histogram", "HD", histogram, histogram->domain);
}

static void call_inside(__itt_global *global)
{
    __itt_domain *(*create)(const char *) =
        (__itt_domain * (*)(const char *))(uintptr_t)*entry_find(global, "__itt_domain_create")->func_ptr;
    void (*pause)(void) = (void (*)(void))(uintptr_t)*entry_find(global, "__itt_pause")->func_ptr;

    create("made inside");
    if (pause)
        pause();
}

void __itt_api_init(__itt_global *global, __itt_group_id groups)
{
    const char *milliseconds = getenv("FAKE_ITT_SLEEP");

    say("api_init", "i", (int)groups);
    global_check(global);
    if (getenv("FAKE_ITT_INSIDE"))
        call_inside(global);
    if (milliseconds) {
        const struct timespec time = {atol(milliseconds) / 1000, atol(milliseconds) % 1000 * 1000000};
        nanosleep(&time, NULL);
    }
    adopt(global);
    for (__itt_api_info *entry = global->api_list_ptr; entry->name; entry++) {
        void *function = dlsym(global->lib, entry->name);

        if (getenv("FAKE_ITT_LIST"))
            say("entry", "Ti", entry->name, (int)entry->group);
        if (function && !skipped(entry->name))
            __atomic_store_n(entry->func_ptr, function, __ATOMIC_RELEASE);
    }
}

void __itt_api_fini(__itt_global *global)
{
    (void)global;
    say("api_fini", "");
}

#endif
