/* Counters, markers, relations and what else has no duration: counters NAME [NUMBER]. */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static __itt_domain *one;
static __itt_string_handle *outer, *inner;

static __itt_string_handle *name(const char *text)
{
    return __itt_string_handle_create(text);
}

/* One of each type, set to its ends. */
static void types(void)
{
    uint64_t u64[] = {1, (uint64_t)1 << 63, INT64_MAX};
    int64_t s64[] = {INT64_MIN, -1, INT64_MAX};
    uint32_t u32[] = {0, UINT32_MAX, 7};
    int32_t s32[] = {INT32_MIN, -1, INT32_MAX};
    uint16_t u16[] = {0, 65535, 7};
    int16_t s16[] = {-32768, -1, 32767};
    float f[] = {0.5f, -1.25f, 3};
    double d[] = {1e300, -0.1, 0};
    const struct {
        const char *name;
        __itt_metadata_type type;
        void *data;
        size_t size;
    } all[] = {{"u64", __itt_metadata_u64, u64, 8},        {"s64", __itt_metadata_s64, s64, 8},
               {"u32", __itt_metadata_u32, u32, 4},        {"s32", __itt_metadata_s32, s32, 4},
               {"u16", __itt_metadata_u16, u16, 2},        {"s16", __itt_metadata_s16, s16, 2},
               {"float", __itt_metadata_float, f, 4},      {"double", __itt_metadata_double, d, 8},
               {"default", __itt_metadata_unknown, u64, 8}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        __itt_counter counter = i % 2 ? __itt_counter_create_typed(all[i].name, "one", all[i].type)
                                      : __itt_counter_create_v3(one, all[i].name, all[i].type);
        for (size_t k = 0; k < 3; k++)
            __itt_counter_set_value(counter, (char *)all[i].data + k * all[i].size);
    }
}

static void steps(void)
{
    __itt_counter plain = __itt_counter_create("plain", "one"), real;
    double half = 0.5;
    uint64_t ten = 10;
    if (plain != __itt_counter_create("plain", "one") || plain == __itt_counter_create("plain", "two"))
        puts("not one for each name and domain");
    __itt_counter_inc(plain);
    __itt_counter_inc_delta(plain, 5);
    __itt_counter_dec(plain);
    __itt_counter_dec_delta(plain, 10);
    __itt_counter_set_value(plain, &ten);
    __itt_counter_set_value_v3(plain, &ten);
    __itt_counter_inc_v3(one, name("plain"));
    __itt_counter_inc_v3(one, name("by name"));
    __itt_counter_inc_delta_v3(one, name("by name"), 10);
    __itt_counter_dec_v3(one, name("by name"));
    __itt_counter_dec_delta_v3(one, name("by name"), 4);
    real = __itt_counter_create_typed("real", "one", __itt_metadata_double);
    __itt_counter_set_value(real, &half);
    __itt_counter_inc(real);
    __itt_counter_dec_delta(real, 3);
    __itt_counter_destroy(real);
    __itt_counter_create("never set", "one");
}

/* As if made by a static part before any collector was there. */
static void strange(void)
{
    struct {
        const char *name, *name_wide, *domain, *domain_wide;
        int type;
        long index;
        int extra1;
        void *extra2, *next;
    } own = {.name = "a client's own", .domain = "elsewhere", .type = __itt_metadata_s32}, bare = {0};
    int32_t value = -3;
    uint64_t large = 8;
    __itt_counter_set_value((__itt_counter)(void *)&own, &value);
    __itt_counter_inc((__itt_counter)(void *)&own);
    __itt_counter_set_value((__itt_counter)(void *)&bare, &large);
    __itt_counter_set_value(NULL, &value);
    __itt_counter_set_value(__itt_counter_create("nothing", NULL), NULL);
    __itt_counter_inc(NULL);
    __itt_counter_inc(__itt_counter_create(NULL, NULL));
    __itt_counter_inc_v3(one, NULL);
    __itt_counter_create_v3(NULL, NULL, __itt_metadata_u64);
}

static void units(void)
{
    __itt_counter counter = __itt_counter_create("speed", "one");
    __itt_context_metadata about[] = {{__itt_context_deviceA, "disk"}, {__itt_context_unitsA, "km/h"}};
    uint64_t value = 120;
    __itt_bind_context_metadata_to_counter(counter, 2, about);
    __itt_bind_context_metadata_to_counter(counter, 1, NULL);
    __itt_bind_context_metadata_to_counter(NULL, 1, about);
    __itt_counter_set_value(counter, &value);
}

static void *count_up(void *n)
{
    __itt_counter shared = __itt_counter_create("shared", "one");
    for (long i = 0; i < (long)(intptr_t)n; i++)
        __itt_counter_inc(shared);
    return NULL;
}

/* Four threads count n each. */
static void threads(long n)
{
    pthread_t all[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&all[i], NULL, count_up, (void *)(intptr_t)n);
    for (int i = 0; i < 4; i++)
        pthread_join(all[i], NULL);
}

/* Forks while another thread counts: children go on from the parent's value. */
static void forks(long n)
{
    pthread_t other;
    pthread_create(&other, NULL, count_up, (void *)(intptr_t)200000);
    for (long i = 0; i < n; i++) {
        if (fork() == 0) {
            count_up((void *)(intptr_t)100);
            _exit(0);
        }
        wait(NULL);
    }
    pthread_join(other, NULL);
}

static void at_times(void)
{
    __itt_counter counter = __itt_counter_create("timed", "one");
    __itt_timestamp start = __itt_get_timestamp();
    for (uint64_t i = 0; i < 3; i++)
        __itt_counter_set_value_ex(counter, NULL, start - 1000000 * i, &i);
    __itt_marker_ex(one, NULL, start - 5000000, __itt_null, name("earlier"), __itt_scope_task);
    printf("%llu\n", (unsigned long long)start);
}

static void paused(void)
{
    __itt_counter counter = __itt_counter_create("counter", "one");
    __itt_counter_inc(counter);
    __itt_pause();
    __itt_counter_inc(counter);
    __itt_marker(one, __itt_null, name("unseen"), __itt_scope_global);
    __itt_resume();
    __itt_counter_inc(counter);
    __itt_detach();
    __itt_counter_inc(counter);
}

static void markers(void)
{
    static const __itt_scope scopes[] = {__itt_scope_unknown, __itt_scope_global, __itt_scope_track_group,
                                         __itt_scope_track,   __itt_scope_task,   __itt_scope_marker};
    static const char *const names[] = {"unknown", "global", "process", "thread", "task", "marker"};
    __itt_id id = __itt_id_make((void *)names, 1);
    int64_t value = -1;
    __itt_task_begin(one, __itt_null, __itt_null, outer);
    for (int i = 0; i < 6; i++)
        __itt_marker(one, __itt_null, name(names[i]), scopes[i]);
    __itt_marker(one, id, name("with metadata"), __itt_scope_global);
    __itt_metadata_add(one, id, name("number"), __itt_metadata_s64, 1, &value);
    __itt_metadata_str_add_with_scope(one, __itt_scope_marker, name("text"), "words", 5);
    __itt_task_end(one);
    __itt_metadata_str_add(one, id, name("later"), "still", 5);
    __itt_marker(one, __itt_null, NULL, (__itt_scope)77);
}

static void spin(long ns)
{
    __itt_timestamp start = __itt_get_timestamp();
    while (__itt_get_timestamp() - start < (uint64_t)ns)
        ;
}

/* What is written otherwise where labels lie n nanoseconds apart. */
static void paces(long n)
{
    __itt_counter whole = __itt_counter_create_typed("whole", "one", __itt_metadata_s64);
    __itt_counter real = __itt_counter_create_typed("real", NULL, __itt_metadata_double);
    static const char *const names[] = {"unknown", "global", "process", "thread", "task", "marker"};
    for (int64_t round = 0; round < 8; round++) {
        int64_t value = round % 2 ? -round : round << 40;
        double half = (double)round / 2;
        __itt_task_begin(one, __itt_id_make(spin, (uint64_t)round + 1), __itt_null, outer);
        spin(n);
        __itt_task_begin(one, __itt_null, __itt_null, inner);
        spin(n);
        for (int i = 0; i < 16; i++) {
            char key[8] = {'k', (char)('a' + i)};
            __itt_metadata_add(one, __itt_null, name(key), __itt_metadata_s64, 1, &value);
        }
        __itt_metadata_str_add(one, __itt_null, name("text"), "na\xc3\xafve, and \xff", 14);
        spin(n);
        __itt_task_end(one);
        spin(n);
        __itt_metadata_str_add(one, __itt_null, name("text"), "plain words", 11);
        for (int i = 0; i < 6; i++) {
            spin(n);
            __itt_marker(one, __itt_id_make(paces, (uint64_t)i), name(names[i]), (__itt_scope)i);
        }
        spin(n);
        __itt_counter_set_value(whole, &value);
        spin(n);
        __itt_counter_inc(whole);
        spin(n);
        __itt_counter_set_value(real, &half);
        spin(n);
        __itt_counter_dec(real);
        spin(n);
        __itt_counter_inc_v3(one, inner);
        spin(n);
        __itt_task_end(one);
    }
}

/* A parent with three children, one of them on another thread; the same id again; relations and a group. */
static __itt_id parent_id, group_id;

static void *child(void *arg)
{
    __itt_task_begin(one, __itt_null, parent_id, name(arg));
    __itt_task_end(one);
    return NULL;
}

static void flows(void)
{
    __itt_id first = __itt_id_make(&outer, 7), gone = __itt_id_make(&outer, 8);
    pthread_t thread;
    parent_id = __itt_id_make(&outer, 1);
    group_id = __itt_id_make_ex(&outer, 2, 3);
    __itt_id_create(one, parent_id);
    __itt_task_begin(one, parent_id, __itt_null, outer);
    child("child 1");
    child("child 2");
    pthread_create(&thread, NULL, child, "child 3");
    pthread_join(thread, NULL);
    __itt_task_end(one);
    child("child 4");
    __itt_task_begin(one, parent_id, __itt_null, name("the id again"));
    child("child 5");
    __itt_task_end(one);
    __itt_id_destroy(one, parent_id);
    child("orphan");

    __itt_task_group(one, group_id, __itt_null, name("group"));
    __itt_task_begin(one, first, group_id, name("in group"));
    __itt_task_end(one);
    __itt_relation_add(one, first, __itt_relation_is_continuation_of, group_id);
    __itt_relation_add_to_current(one, __itt_relation_is_dependent_on, first);
    __itt_relation_add_to_current(one, (__itt_relation)99, gone);
    __itt_task_begin_fn(one, gone, first, (void *)(uintptr_t)&printf);
    __itt_task_end(one);
}

static void histograms(void)
{
    double x[] = {0.5, 1.5, 2.5};
    uint32_t y[] = {10, 20, 30};
    __itt_histogram *histogram =
        __itt_histogram_create(one, "sizes", __itt_metadata_double, __itt_metadata_u32);
    if (histogram != __itt_histogram_create(one, "sizes", __itt_metadata_double, __itt_metadata_u32))
        puts("not one for each name");
    __itt_histogram_submit(histogram, 3, x, y);
    __itt_histogram_submit(histogram, 3, NULL, y);
    __itt_histogram_submit(NULL, 3, x, y);
}

/* Functions that have no place in a timeline, n times. */
static void accepted(long n)
{
    __itt_heap_function heap = __itt_heap_function_create("new", "one");
    for (long i = 0; i < n; i++) {
        __itt_suppress_push(__itt_suppress_all_errors);
        __itt_suppress_pop();
        __itt_heap_record(1);
        __itt_module_load(&n, &n + 1, "module.so");
        __itt_model_disable_push(__itt_model_disable_observation);
        __itt_model_disable_pop();
        __itt_thread_ignore();
    }
    printf("%d %d\n", heap == NULL, __itt_av_save(&n, 1, NULL, 0, "file", 0));
}

int main(int argc, char **argv)
{
    const char *scene = argc > 1 ? argv[1] : "";
    long n = argc > 2 ? atol(argv[2]) : 1;
    one = __itt_domain_create("one");
    outer = name("outer");
    inner = name("inner");
    if (strcmp(scene, "types") == 0)
        types();
    else if (strcmp(scene, "steps") == 0)
        steps();
    else if (strcmp(scene, "strange") == 0)
        strange();
    else if (strcmp(scene, "units") == 0)
        units();
    else if (strcmp(scene, "threads") == 0)
        threads(n);
    else if (strcmp(scene, "forks") == 0)
        forks(n);
    else if (strcmp(scene, "at_times") == 0)
        at_times();
    else if (strcmp(scene, "paused") == 0)
        paused();
    else if (strcmp(scene, "markers") == 0)
        markers();
    else if (strcmp(scene, "paces") == 0)
        paces(n);
    else if (strcmp(scene, "flows") == 0)
        flows();
    else if (strcmp(scene, "histograms") == 0)
        histograms();
    else if (strcmp(scene, "accepted") == 0)
        accepted(n);
    else
        return 2;
    return 0;
}
