/* What a program sees of the static part: static_cases CASE... prints it, a line for each fact. */
#define _GNU_SOURCE
#include "ittnotify.h"
#include "legacy/ittnotify.h"
#include "libittnotify.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *what, long long value)
{
    printf("%s %lld\n", what, value);
}

/* An object of each kind, made twice: is it the same? */
static void objects(void)
{
    __itt_domain *domain = __itt_domain_create("one");
    __itt_string_handle *handle = __itt_string_handle_create("name");
    __itt_counter counter = __itt_counter_create("counter", "one");
    __itt_histogram *histogram =
        __itt_histogram_create(domain, "histogram", __itt_metadata_u64, __itt_metadata_float);

    show("state", __itt_get_collection_state());
    show("domain", domain != NULL);
    show("domain again", domain == __itt_domain_create("one"));
    show("other domain", domain != __itt_domain_create("two"));
    show("flags", domain ? domain->flags : -1);
    show("text", domain && strcmp(domain->nameA, "one") == 0);
    show("handle", handle != NULL);
    show("handle again", handle == __itt_string_handle_create("name"));
    show("other handle", handle != __itt_string_handle_create("Name"));
    show("counter", counter != NULL);
    show("counter again", counter == __itt_counter_create_typed("counter", "one", __itt_metadata_u64));
    show("counter of the domain", counter == __itt_counter_create_v3(domain, "counter", __itt_metadata_u64));
    show("other counter", counter != __itt_counter_create_typed("counter", "one", __itt_metadata_s32));
    show("histogram", histogram != NULL);
    show("histogram again",
         histogram == __itt_histogram_create(domain, "histogram", __itt_metadata_u64, __itt_metadata_float));
    show("listening", __itt_task_begin_ptr != NULL);
    __itt_task_begin(domain, __itt_null, __itt_null, handle);
    __itt_counter_inc(counter);
    __itt_task_end(domain);
}

/* The pointer becomes NULL after a call has looked at it, by another thread's first call. */
static void between(void)
{
    __itt_domain *domain = __itt_domain_create("one");

    show("listening", __itt_pause_ptr != NULL);
    __itt_bound_pause()();
    __itt_bound_formatted_metadata_add()(domain, NULL, 1, 2, 3);
    show("event", __itt_bound_event_start()(3));
    show("handle", __itt_bound_string_handle_create()("name") != NULL);
}

/* NULL and odd names. */
static void names(void)
{
    __itt_domain *null_domain = NULL;

    show("no domain", __itt_domain_create(NULL) == NULL);
    show("no handle", __itt_string_handle_create(NULL) == NULL);
    show("no counter", __itt_counter_create(NULL, NULL) == NULL);
    show("no histogram", __itt_histogram_create(NULL, "x", __itt_metadata_u64, __itt_metadata_u64) == NULL);
    show("counter of nothing", __itt_counter_create_v3(null_domain, "x", __itt_metadata_u64) == NULL);
    show("empty", __itt_domain_create("") != NULL);
    __itt_task_begin(null_domain, __itt_null, __itt_null, NULL);
    __itt_task_end(null_domain);
}

static void many(void)
{
    char name[32];
    long long made = 0;

    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "domain %d", i);
        made += __itt_domain_create(name) != NULL;
    }
    show("made", made);
}

static void on_error(__itt_error_code code, va_list arguments)
{
    const char *first = va_arg(arguments, const char *);

    if (code == __itt_error_env_too_long)
        printf("error %d %s %zu\n", (int)code, first, va_arg(arguments, size_t));
    else
        printf("error %d %s %s\n", (int)code, first, va_arg(arguments, const char *));
}

static void load(void)
{
    show("handler before", __itt_set_error_handler(on_error) != NULL);
    errno = 77;
    __itt_pause();
    show("errno", errno);
    show("state", __itt_get_collection_state());
    show("handler", __itt_set_error_handler(NULL) == on_error);
    show("pause", __itt_pause_ptr != NULL);
    show("thread_set_name", __itt_thread_set_name_ptr != NULL);
    show("task_begin", __itt_task_begin_ptr != NULL);
    show("detach", __itt_detach_ptr != NULL);
    show("frame_create", __itt_frame_create_ptr != NULL);
    show("flags", __itt_domain_create("one") ? __itt_domain_create("one")->flags : -1);
}

/* A collector that is loaded by the program, late. */
static void late(const char *path)
{
    __itt_domain *domain = __itt_domain_create("early");

    show("flags", domain->flags);
    show("without", __itt_init_ittlib(NULL, __itt_group_all));
    show("wrong", __itt_init_ittlib("/nonexistent", __itt_group_all));
    show("state", __itt_get_collection_state());
    show("with", __itt_init_ittlib(path, __itt_group_all));
    show("again", __itt_init_ittlib(path, __itt_group_all));
    show("nothing", __itt_init_ittlib(path, __itt_group_none));
    show("state", __itt_get_collection_state());
    show("flags", domain->flags);
    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("task"));
    __itt_task_end(domain);
}

static void fini(void)
{
    __itt_domain *domain = __itt_domain_create("one");

    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("task"));
    __itt_fini_ittlib();
    __itt_task_end(domain);
    __itt_pause();
    show("listening", __itt_task_begin_ptr != NULL);
    show("state", __itt_get_collection_state());
    __itt_fini_ittlib();
}

static void release(void)
{
    objects();
    __itt_release_resources();
    __itt_release_resources();
    show("domain", __itt_domain_create("one") != NULL);
    __itt_release_resources();
}

static void mark(void)
{
    __itt_mark_pt_region_begin(3);
    __itt_mark_pt_region_end(3);
}

static void ids(void)
{
    const __itt_id id = __itt_id_make((void *)(uintptr_t)0x1234, 5);
    const __itt_id more = __itt_id_make_ex((void *)(uintptr_t)0x1234, 5, 6);

    show("id", id.d1 == 0x1234 && id.d2 == 5 && id.d3 == 0);
    show("id_ex", more.d1 == 0x1234 && more.d2 == 5 && more.d3 == 6);
    show("null", __itt_null.d1 + __itt_null.d2 + __itt_null.d3 == 0);
}

static void *first_call(void *unused)
{
    __itt_pause();
    return unused;
}

/* A child is made while another thread is loading the collector. */
static void fork_inside(void)
{
    pthread_t loader;
    pid_t child;
    int status = -1;

    pthread_create(&loader, NULL, first_call, NULL);
    usleep(200000); /* the fake collector takes longer than that */
    child = fork();
    if (child == 0) {
        __itt_domain *domain = __itt_domain_create("child");
        __itt_task_end(domain);
        _exit(domain ? (int)__itt_get_collection_state() : 99);
    }
    waitpid(child, &status, 0);
    show("child", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    pthread_join(loader, NULL);
    show("parent", __itt_get_collection_state());
}

static void *make_domains(void *done)
{
    char name[32];

    for (int i = 0; !__atomic_load_n((int *)done, __ATOMIC_RELAXED); i++) {
        snprintf(name, sizeof name, "domain %d", i % 500);
        __itt_domain_create(name);
    }
    return NULL;
}

/* Children are made while another thread is at the lists. */
static void fork_often(void)
{
    int done = 0;
    long long failed = 0;
    pthread_t maker;

    pthread_create(&maker, NULL, make_domains, &done);
    for (int i = 0; i < 300; i++) {
        int status = -1;
        pid_t child = fork();

        if (child == 0)
            _exit(__itt_domain_create("child") != NULL && __itt_domain_create("domain 1") != NULL ? 0 : 1);
        waitpid(child, &status, 0);
        failed += status != 0;
    }
    __atomic_store_n(&done, 1, __ATOMIC_RELAXED);
    pthread_join(maker, NULL);
    show("failed", failed);
}

static void rights(void)
{
    show("more rights", getauxval(AT_SECURE) != 0);
    show("state", __itt_get_collection_state());
}

/* Somebody takes too long to load the collector: the call is dropped, not the thread. */
static void impatient(void)
{
    pthread_t loader;

    pthread_create(&loader, NULL, first_call, NULL);
    usleep(200000);
    show("domain", __itt_domain_create("dropped") != NULL);
    __itt_resume();
    show("loaded", __itt_get_collection_state() == __itt_collection_init_successful);
    pthread_join(loader, NULL);
    show("later", __itt_get_collection_state());
    __itt_detach();
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (strcmp(name, "late") == 0)
        late(argv[2]);
#define CASE(what)                                                                                           \
    if (strcmp(name, #what) == 0)                                                                            \
    what()
    CASE(objects);
    CASE(between);
    CASE(names);
    CASE(many);
    CASE(load);
    CASE(fini);
    CASE(release);
    CASE(mark);
    CASE(ids);
    CASE(fork_inside);
    CASE(fork_often);
    CASE(rights);
    CASE(impatient);
    return 0;
}
