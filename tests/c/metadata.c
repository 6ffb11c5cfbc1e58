/* What a program tells about its tasks: metadata NAME [NUMBER]. */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

static __itt_domain *one, *two;
static __itt_string_handle *outer, *inner, *rows;

static void begin(__itt_domain *domain, __itt_string_handle *name)
{
    __itt_task_begin(domain, __itt_null, __itt_null, name);
}

static __itt_string_handle *key(const char *text)
{
    return __itt_string_handle_create(text);
}

static void add_number(__itt_id id, __itt_string_handle *name, uint64_t value)
{
    __itt_metadata_add(one, id, name, __itt_metadata_u64, 1, &value);
}

/* Each type, alone and as an array. */
static void types(void)
{
    uint64_t u64[] = {0, UINT64_MAX};
    int64_t s64[] = {INT64_MIN, 1};
    uint32_t u32[] = {UINT32_MAX, 0};
    int32_t s32[] = {-1, INT32_MIN};
    uint16_t u16[] = {65535, 1};
    int16_t s16[] = {-32768, 2};
    float f[] = {0.5f, -1.25f};
    double d[] = {1e300, -0.1};
    const struct {
        const char *name;
        __itt_metadata_type type;
        void *data;
    } all[] = {{"u64", __itt_metadata_u64, u64},      {"s64", __itt_metadata_s64, s64},
               {"u32", __itt_metadata_u32, u32},      {"s32", __itt_metadata_s32, s32},
               {"u16", __itt_metadata_u16, u16},      {"s16", __itt_metadata_s16, s16},
               {"float", __itt_metadata_float, f},    {"double", __itt_metadata_double, d},
               {"unknown", __itt_metadata_unknown, d}};
    begin(one, outer);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char name[16];
        snprintf(name, sizeof name, "%ss", all[i].name);
        __itt_metadata_add(one, __itt_null, key(all[i].name), all[i].type, 1, all[i].data);
        __itt_metadata_add(one, __itt_null, key(name), all[i].type, 2, all[i].data);
    }
    __itt_metadata_add(one, __itt_null, key("null"), __itt_metadata_u64, 1, NULL);
    __itt_metadata_add(one, __itt_null, key("empty"), __itt_metadata_u64, 0, (void *)1);
    __itt_task_end(one);
}

static void texts(void)
{
    static char huge[1 << 20];
    static uint64_t many[100000];
    memset(huge, 'h', sizeof huge - 1);
    begin(one, outer);
    __itt_metadata_str_add(one, __itt_null, key("ended by NUL"), "caf\xc3\xa9", (size_t)-1);
    __itt_metadata_str_add(one, __itt_null, key("with length"), "abcdef", 3);
    __itt_metadata_str_add(one, __itt_null, key("empty"), "", 0);
    __itt_metadata_str_add(one, __itt_null, key("broken"), "a\xff\xc3", 3);
    __itt_metadata_str_add(one, __itt_null, key("inner NUL"), "a\0b\0\0", 5);
    __itt_metadata_str_add(one, __itt_null, key("null"), NULL, 7);
    __itt_metadata_str_add(one, __itt_null, NULL, "of no key", (size_t)-1);
    __itt_metadata_str_add(one, __itt_null, key("some hundred"), huge, 700);
    __itt_metadata_str_add(one, __itt_null, key("some thousand"), huge, 20000);
    __itt_task_end(one);
    begin(one, inner);
    __itt_metadata_str_add(one, __itt_null, key("huge"), huge, (size_t)-1);
    __itt_task_end(one);
    begin(one, inner);
    __itt_metadata_add(one, __itt_null, key("many"), __itt_metadata_u64, 100000, many);
    __itt_task_end(one);
}

static void formats(void)
{
    int written = 0;
    char long_text[3000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("%s|%5d|%-5d|%05d|%+i|%x|%#X|%o|%u"), "text", 42, 42, 42, 42, 255,
                                 255, 8, 3000000000u);
    __itt_task_end(one);
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("%ld|%lld|%zu|%hhd|%hu|%jd|%td"), LONG_MIN, LLONG_MAX, (size_t)7,
                                 300, 65537, (intmax_t)-5, (ptrdiff_t)-6);
    __itt_task_end(one);
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("%.3f|%8.2e|%g|%a|%Lf|%5.1f%%"), 3.14159, 12345.678, 1e-10, 1.0,
                                 (long double)2.5, 99.5);
    __itt_task_end(one);
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("%c|%.2s|%6s|%-6s|%ls|%lc|%s|%*d|%-*d|%.*f"), 'c', "cut", "right",
                                 "left", L"w\u00efde \U0001f600", (wint_t)L'\u20ac', (char *)NULL, 5, 1, 4, 2,
                                 1, 0.25);
    __itt_task_end(one);
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("before %n after %d"), &written, 1);
    __itt_task_end(one);
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("odd %y %d"), 1);
    __itt_task_end(one);
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("%s"), long_text);
    __itt_task_end(one);
    begin(one, outer);
    __itt_formatted_metadata_add(one, key("%100000d|%.100000f"), 1, 1.0);
    __itt_formatted_metadata_add(one, NULL);
    __itt_task_end(one);
    printf("%d\n", written);
}

/* n pieces for one task, which comes before others or has others inside. */
static void many(long n)
{
    begin(one, outer);
    for (long i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "key %ld", i);
        add_number(__itt_null, key(name), (uint64_t)i);
        if (i % 3 == 0) {
            begin(two, inner);
            __itt_task_end(two);
        }
    }
    __itt_task_end(one);
}

/* Each of n tasks inside another has a piece for itself and one for the outer one, and the slots fill. */
static void nested(long n)
{
    begin(one, outer);
    for (long i = 0; i < n; i++) {
        begin(two, inner);
        __itt_metadata_add(two, __itt_null, rows, __itt_metadata_s64, 1, &i);
        __itt_task_end(two);
        if (i % (n / 10) == 0)
            add_number(__itt_null, rows, (uint64_t)i);
    }
    __itt_task_end(one);
}

/* Tasks of two domains that cross, each with metadata: what moves keeps it. */
static void crossing(void)
{
    uint64_t value = 1;
    begin(one, outer);
    add_number(__itt_null, rows, 10);
    begin(two, inner);
    __itt_metadata_add(two, __itt_null, rows, __itt_metadata_u64, 1, &value);
    add_number(__itt_null, key("late"), 11);
    value = 2;
    __itt_metadata_add(two, __itt_null, key("later"), __itt_metadata_u64, 1, &value);
    __itt_task_end(one);
    value = 3;
    __itt_metadata_add(two, __itt_null, key("moved"), __itt_metadata_u64, 1, &value);
    __itt_task_end(two);
}

/* For tasks by their ids, for ids that nobody knows, in a domain without tasks, and with nothing open. */
static void targets(void)
{
    __itt_domain *none = __itt_domain_create("none");
    __itt_id a = __itt_id_make(&one, 1), b = __itt_id_make(&one, 2), c = __itt_id_make_ex(&one, 3, 4);
    uint64_t value = 7;
    add_number(__itt_null, key("before all"), 1);
    __itt_task_begin(one, a, __itt_null, outer);
    __itt_task_begin(one, b, a, inner);
    add_number(a, key("of a"), 1);
    add_number(b, key("of b"), 2);
    add_number(c, key("of c"), 3);
    __itt_metadata_add(none, __itt_null, key("of none"), __itt_metadata_u64, 1, &value);
    __itt_metadata_add(NULL, __itt_null, key("of no domain"), __itt_metadata_u64, 1, &value);
    __itt_metadata_add_with_scope(one, __itt_scope_task, key("scope task"), __itt_metadata_u64, 1, &value);
    __itt_metadata_add_with_scope(one, __itt_scope_track, key("scope thread"), __itt_metadata_u64, 1, &value);
    __itt_metadata_str_add_with_scope(one, __itt_scope_track_group, key("scope process"), "text", 4);
    __itt_metadata_str_add_with_scope(one, __itt_scope_global, key("scope global"), "text", 4);
    __itt_formatted_metadata_add_overlapped(one, a, key("for %s"), "a");
    __itt_task_end(one);
    add_number(b, key("of b, too late"), 4);
    __itt_task_end(one);
}

/* For what is open under an id, of whatever kind; by another thread, and with others in between. */
static __itt_id task_id;

static void *add_from_elsewhere(void *arg)
{
    add_number(task_id, key("from elsewhere"), 9);
    return arg;
}

static void spans(long n)
{
    __itt_id frame_id = __itt_id_make(&one, 2), region_id = __itt_id_make(&one, 3);
    pthread_t thread;
    task_id = __itt_id_make(&one, 1);
    __itt_task_begin_overlapped(one, task_id, __itt_null, outer);
    add_number(task_id, rows, 1);
    __itt_frame_begin_v3(two, &frame_id);
    __itt_region_begin(one, region_id, __itt_null, inner);
    add_number(frame_id, key("of the frame"), 2);
    add_number(region_id, key("of the region"), 3);
    add_number(task_id, key("later"), 4);
    add_number(task_id, key("much later than the spare part allows"), 5);
    for (long i = 0; i < n; i++) {
        begin(one, inner);
        __itt_task_end(one);
    }
    __itt_formatted_metadata_add_overlapped(one, region_id, key("%d slots on"), 1);
    pthread_create(&thread, NULL, add_from_elsewhere, NULL);
    pthread_join(thread, NULL);
    __itt_task_end_overlapped(one, task_id);
    __itt_region_end(one, region_id);
    __itt_frame_end_v3(two, &frame_id);
}

static void paused(void)
{
    __itt_pause();
    begin(one, outer);
    add_number(__itt_null, key("paused"), 1);
    __itt_resume();
    add_number(__itt_null, key("of an uncollected task"), 2);
    begin(one, inner);
    add_number(__itt_null, key("collected"), 3);
    __itt_pause();
    add_number(__itt_null, key("while paused"), 4);
    __itt_resume();
    __itt_task_end(one);
    __itt_task_end(one);
}

/* A task with metadata, for ever. */
static void endless(void)
{
    for (uint64_t i = 0;; i++) {
        begin(one, outer);
        add_number(__itt_null, rows, i);
        begin(two, inner);
        __itt_task_end(two);
        add_number(__itt_null, key("again"), i);
        __itt_task_end(one);
    }
}

static void handler(int signal)
{
    (void)signal;
    begin(two, inner);
    __itt_metadata_str_add(two, __itt_null, rows, "in a handler", (size_t)-1);
    __itt_formatted_metadata_add(two, key("%s %d %.2f"), "formatted", 1, 2.5);
    __itt_task_end(two);
}

static void signals(long n)
{
    struct sigaction action = {.sa_handler = handler};
    struct itimerval timer = {{0, 50}, {0, 50}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    for (long i = 0; i < n; i++) {
        begin(one, outer);
        add_number(__itt_null, rows, (uint64_t)i);
        add_number(__itt_null, key("more"), (uint64_t)i);
        __itt_task_end(one);
    }
    timer = (struct itimerval){{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void small_stack(long n)
{
    size_t size = (size_t)n << 10;
    char *memory = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory + 4096, .ss_size = size};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    mprotect(memory, 4096, PROT_NONE);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

/* Children add to the tasks that they begin; what their parent has open is not theirs. */
static void forks(long n)
{
    begin(one, outer);
    add_number(__itt_null, rows, 1);
    for (long i = 0; i < n; i++) {
        if (fork() == 0) {
            add_number(__itt_null, key("of nothing"), 2);
            begin(one, inner);
            add_number(__itt_null, rows, 3);
            __itt_task_end(one);
            _exit(0);
        }
        wait(NULL);
        add_number(__itt_null, key("after the child"), 4);
    }
    __itt_task_end(one);
}

/* Very much metadata, where very much is open: what finds no room is lost alone. */
static void crowded(long n)
{
    static char text[80000];
    static uint64_t many[20000];
    memset(text, 'x', sizeof text);
    for (long i = 0; i < n; i++)
        begin(one, outer);
    begin(two, inner);
    __itt_metadata_str_add(two, __itt_null, key("text"), text, sizeof text);
    __itt_histogram *histogram = __itt_histogram_create(one, "sizes", __itt_metadata_u64, __itt_metadata_u64);
    __itt_histogram_submit(histogram, 20000, many, many);
    __itt_task_end(two);
    for (long i = 0; i < n; i++)
        __itt_task_end(one);
    begin(two, rows);
    __itt_task_end(two);
}

int main(int argc, char **argv)
{
    const char *scene = argc > 1 ? argv[1] : "";
    long n = argc > 2 ? atol(argv[2]) : 1;
    one = __itt_domain_create("one");
    two = __itt_domain_create("two");
    outer = key("outer");
    inner = key("inner");
    rows = key("rows");
    if (strcmp(scene, "types") == 0)
        types();
    else if (strcmp(scene, "texts") == 0)
        texts();
    else if (strcmp(scene, "formats") == 0)
        formats();
    else if (strcmp(scene, "many") == 0)
        many(n);
    else if (strcmp(scene, "nested") == 0)
        nested(n);
    else if (strcmp(scene, "crossing") == 0)
        crossing();
    else if (strcmp(scene, "targets") == 0)
        targets();
    else if (strcmp(scene, "spans") == 0)
        spans(n);
    else if (strcmp(scene, "paused") == 0)
        paused();
    else if (strcmp(scene, "endless") == 0)
        endless();
    else if (strcmp(scene, "signals") == 0)
        signals(n);
    else if (strcmp(scene, "small_stack") == 0)
        small_stack(n);
    else if (strcmp(scene, "forks") == 0)
        forks(n);
    else if (strcmp(scene, "crowded") == 0)
        crowded(n);
    else
        return 2;
    return 0;
}
