/*
 * A client of any age, without a static part: builds what one would show to a collector, calls __itt_api_init itself,
 * and labels through the table. What it shows ends where mapped memory ends, so that a collector which reads further
 * dies.
 *
 *     client_table old BYTES       one __itt_global of BYTES bytes
 *     client_table race THREADS    one for each thread, all at once
 */
#define _GNU_SOURCE
#define INTEL_NO_MACRO_BODY
#include <ittnotify.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The layout as of 3.26; older clients end before histograms (184 bytes) or counter_metadata (192). */
struct global {
    unsigned char magic[8];
    unsigned long version_major, version_minor, version_build;
    volatile long initialized, mutex_initialized, counter;
    pthread_mutex_t mutex;
    void *library;
    void *error_handler;
    const char **library_path;
    struct entry *entries;
    struct global *next;
    void *threads;
    __itt_domain *domains;
    __itt_string_handle *strings;
    int state;
    void *counters;
    unsigned collect_pt;
    void *histograms;
    void *counter_metadata;
};
_Static_assert(sizeof(struct global) == 200 && offsetof(struct global, histograms) == 184,
               "as clients have it");

struct entry {
    const char *name;
    void **function;
    void *init_function;
    void *null_function;
    int group;
};

/* One client: its table, and the pointers that the table leads to. */
enum {
    DOMAIN_CREATE,
    STRING_HANDLE_CREATE,
    TASK_BEGIN,
    TASK_END,
    THREAD_SET_NAME,
    FUTURE,           /* a name that no collector knows */
    FUTURE_UNNULLED,  /* the same, without a null_func */
    HISTOGRAM_CREATE, /* here and below: only in a newer client's table */
    BIND_METADATA,
    FUNCTIONS
};
static const char *const names[FUNCTIONS] = {
    "__itt_domain_create",     "__itt_string_handle_create", "__itt_task_begin",
    "__itt_task_end",          "__itt_thread_set_name",      "__itt_of_the_future",
    "__itt_of_the_future_too", "__itt_histogram_create",     "__itt_bind_context_metadata_to_counter",
};

struct client {
    void *pointers[FUNCTIONS];
    struct global *global;
    __itt_domain early_domain; /* made before the collector was there, and off until it adopts it */
    __itt_string_handle early_string;
};

static void (*api_init)(struct global *, int);
static void (*api_fini)(struct global *);

static void init_stub(void)
{
    fprintf(stderr, "a pointer was left at its init stub\n");
    exit(3);
}

static void null_stub(void)
{
}

/* Memory that ends right before a page that nobody may touch. */
static void *at_the_edge(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (size + page - 1) / page * page;
    char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + room, page, PROT_NONE) != 0)
        exit(4);
    return memory + room - size;
}

static void client_make(struct client *client, size_t bytes)
{
    size_t count = bytes <= offsetof(struct global, histograms)         ? HISTOGRAM_CREATE
                   : bytes <= offsetof(struct global, counter_metadata) ? BIND_METADATA
                                                                        : FUNCTIONS;
    struct entry *entries = at_the_edge((count + 1) * sizeof *entries);
    struct global whole = {
        .magic = {0xED, 0xAB, 0xAB, 0xEC, 0x0D, 0xEE, 0xDA, 0x30},
        .version_major = 3,
        .version_minor = bytes == sizeof whole ? 26 : 18,
        .version_build = 20180723,
        .initialized = 0,
        .mutex_initialized = 1,
        .entries = entries,
        .domains = &client->early_domain,
        .strings = &client->early_string,
        .state = 3,
    };
    void *init, *null;
    void (*stub)(void) = init_stub;
    memcpy(&init, &stub, sizeof init);
    stub = null_stub;
    memcpy(&null, &stub, sizeof null);
    for (size_t i = 0; i < count; i++) {
        client->pointers[i] = init;
        entries[i] = (struct entry){names[i], &client->pointers[i], init, i == FUTURE ? null : NULL, -1};
    }
    client->early_domain.nameA = "early";
    client->early_string.strA = "early name";
    client->global = at_the_edge(bytes);
    memcpy(client->global, &whole, bytes);
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&client->global->mutex, &recursive);
}

/* As a static part does it: under the mutex of its global. */
static void client_ask(struct client *client, int groups)
{
    pthread_mutex_lock(&client->global->mutex);
    api_init(client->global, groups);
    pthread_mutex_unlock(&client->global->mutex);
}

static void client_load(struct client *client)
{
    client_ask(client, -1);
}

#define CALL(client, which, type) (*(type *)(void *)&(client)->pointers[which])
typedef __itt_domain *(*create_domain)(const char *);
typedef __itt_string_handle *(*create_string)(const char *);
typedef void (*begin_task)(const __itt_domain *, __itt_id, __itt_id, __itt_string_handle *);
typedef void (*end_task)(const __itt_domain *);
typedef void (*set_name)(const char *);
typedef void (*future)(void);

static void client_pairs(struct client *client, __itt_domain *domain, __itt_string_handle *name, long n)
{
    __itt_id none = {0, 0, 0};
    for (long i = 0; i < n && domain->flags != 0; i++) {
        CALL(client, TASK_BEGIN, begin_task)(domain, none, none, name);
        CALL(client, TASK_END, end_task)(domain);
    }
}

static void client_label(struct client *client, long n)
{
    client_pairs(client, &client->early_domain, &client->early_string, n);
    __itt_domain *domain = CALL(client, DOMAIN_CREATE, create_domain)("late");
    client_pairs(client, domain, CALL(client, STRING_HANDLE_CREATE, create_string)("late name"), 2 * n);
    /* One text is one name, whoever made the object. */
    client_pairs(client, CALL(client, DOMAIN_CREATE, create_domain)("early"), &client->early_string, 1);
}

static const char *state_of(struct client *client, int which)
{
    void (*stub)(void) = null_stub;
    if (client->pointers[which] == NULL)
        return "none";
    return memcmp(&client->pointers[which], &stub, sizeof stub) == 0 ? "null_func" : "bound";
}

static void old(size_t bytes)
{
    struct client client = {0};
    client_make(&client, bytes);
    client_load(&client);
    for (int i = 0; i < FUNCTIONS; i++)
        printf("%s %s\n", names[i], state_of(&client, i));
    CALL(&client, FUTURE, future)();
    CALL(&client, THREAD_SET_NAME, set_name)("old thread");
    client_label(&client, 10);
    client_load(&client); /* again, as after a release */
    client_label(&client, 100);
    if (api_fini != NULL)
        api_fini(client.global);
    client_label(&client, 1000); /* from a destructor that runs late */
}

static void groups(int asked)
{
    struct client client = {0};
    client_make(&client, sizeof(struct global));
    client.global->entries[TASK_BEGIN].group = __itt_group_structure;
    client.global->entries[THREAD_SET_NAME].group = __itt_group_thread;
    client_ask(&client, asked);
    printf("%s %s\n", state_of(&client, TASK_BEGIN), state_of(&client, THREAD_SET_NAME));
}

static pthread_barrier_t barrier;

static void *race_one(void *arg)
{
    struct client *client = arg;
    pthread_barrier_wait(&barrier);
    client_load(client);
    client_label(client, 100);
    return NULL;
}

static void race(long n)
{
    struct client *clients = calloc((size_t)n, sizeof *clients);
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    pthread_barrier_init(&barrier, NULL, (unsigned)n);
    for (long i = 0; i < n; i++)
        client_make(&clients[i], i % 2 ? sizeof(struct global) : offsetof(struct global, histograms));
    for (long i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, race_one, &clients[i]);
    for (long i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    for (long i = 0; i < n; i++)
        printf("%s %s %s\n", state_of(&clients[i], TASK_BEGIN), state_of(&clients[i], FUTURE),
               state_of(&clients[i], FUTURE_UNNULLED));
}

int main(int argc, char **argv)
{
    void *collector = dlopen(getenv("INTEL_LIBITTNOTIFY64"), RTLD_LAZY);
    if (argc != 3 || collector == NULL)
        return 2;
    void *symbol = dlsym(collector, "__itt_api_init");
    memcpy(&api_init, &symbol, sizeof symbol);
    symbol = dlsym(collector, "__itt_api_fini");
    memcpy(&api_fini, &symbol, sizeof symbol);
    if (api_init == NULL)
        return 2;
    if (strcmp(argv[1], "old") == 0)
        old((size_t)atol(argv[2]));
    else if (strcmp(argv[1], "groups") == 0)
        groups((int)strtol(argv[2], NULL, 0));
    else
        race(atol(argv[2]));
    return 0;
}
