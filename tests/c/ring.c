/*
 * Tasks without end, for flight recorders and other limits: ring SCENE THREADS DEPTH PAIRS [PROGRESS-FILE].
 *
 * Each thread opens DEPTH tasks, one inside of the other, then begins and ends PAIRS ones within, named 0, 1 ... 96, 0 ... behind the
 * thread's number. PAIRS 0: for ever, and PROGRESS-FILE says how many.
 */
#define _GNU_SOURCE
#include "memory.h"
#include <ittnotify.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CYCLE = 97 };

static __itt_domain *one, *two;
static long threads, depth, pairs;
static const char *scene;
static pthread_barrier_t end;
static char very_long[3001];

static struct progress {
    _Atomic uint64_t pairs;
    uint64_t pad[7];
} *progress;

static __itt_string_handle *name_of(const char *kind, long thread, long number)
{
    char text[64];
    snprintf(text, sizeof text, "%s %ld %ld", kind, thread, number);
    return __itt_string_handle_create(text);
}

/* In scenes of that name: its number has so many digits. */
static __itt_string_handle *long_name_of(const char *kind, long thread, long number)
{
    char text[4001];
    const int digits = strcmp(scene, "longest") == 0                                 ? 3900
                       : strcmp(scene, "long") == 0 || strcmp(scene, "limited") == 0 ? 1000
                                                                                     : 1;
    snprintf(text, sizeof text, "%s %ld %0*ld", kind, thread, digits, number);
    return __itt_string_handle_create(text);
}

static void begin(__itt_domain *domain, __itt_string_handle *name)
{
    __itt_task_begin(domain, __itt_null, __itt_null, name);
}

static void note(__itt_string_handle *key, uint64_t value)
{
    __itt_metadata_add(one, __itt_null, key, __itt_metadata_u64, 1, &value);
}

static void open_slices(long thread)
{
    const __itt_id id = __itt_id_make(&threads, (unsigned long long)thread + 1);
    __itt_id other = id;
    __itt_frame_begin_v3(two, &other);
    __itt_region_begin(one, id, __itt_null, name_of("region", thread, 0));
    __itt_task_begin_overlapped(two, id, __itt_null, name_of("overlapped", thread, 0));
    __itt_event_start(__itt_event_create("event 0 0", 9));
}

static void close_slices(long thread)
{
    const __itt_id id = __itt_id_make(&threads, (unsigned long long)thread + 1);
    __itt_id other = id;
    __itt_event_end(__itt_event_create("event 0 0", 9));
    __itt_task_end_overlapped(two, id);
    __itt_region_end(one, id);
    __itt_frame_end_v3(two, &other);
}

/* What is done with what is open now and then, while the ring goes round. */
static void stir(long thread, long i)
{
    __itt_string_handle *key = __itt_string_handle_create("at");
    if (strcmp(scene, "metadata") == 0 && i % 5000 == 0)
        note(key, (uint64_t)i); /* for the innermost of the open ones */
    if (strcmp(scene, "metadata of slices") == 0) {
        const __itt_id id = __itt_id_make(&threads, (unsigned long long)i + 1);
        const uint64_t at = (uint64_t)i;
        __itt_task_begin_overlapped(two, id, __itt_null, name_of("overlapped", thread, 0));
        __itt_metadata_add(two, id, key, __itt_metadata_u64, 1, (void *)&at);
        __itt_task_end_overlapped(two, id);
    }
    if (strcmp(scene, "crossing") == 0 && i % 7000 == 0) {
        begin(one, name_of("crossed", thread, 0));
        begin(two, name_of("crossing", thread, 0));
        __itt_task_end(one);
    }
    if (strcmp(scene, "crossing") == 0 && i % 7000 == 6999)
        __itt_task_end(two);
}

static void *run(void *arg)
{
    const long thread = (long)(intptr_t)arg;
    __itt_string_handle *names[CYCLE];
    for (long i = 0; i < CYCLE; i++)
        names[i] = name_of("inner", thread, i);
    const int apart = strncmp(scene, "apart", 5) == 0, alike = strcmp(scene, "apart, alike") == 0;
    if (apart) {
        begin(one, name_of("crossed", thread, 0));
        begin(two, name_of("crossing", thread, 0));
        __itt_task_end(one);
    }
    for (long i = 0; i < depth; i++) {
        begin(apart ? two : one, long_name_of("outer", thread, alike ? 0 : i));
        if (strcmp(scene, "metadata") == 0)
            note(__itt_string_handle_create("level"), (uint64_t)i);
    }
    if (strncmp(scene, "slices", 6) == 0)
        open_slices(thread);
    for (long i = 0; pairs == 0 || i < pairs; i++) {
        stir(thread, i);
        begin(one, names[i % CYCLE]);
        __itt_task_end(one);
        if (progress != NULL)
            atomic_store_explicit(&progress[thread].pairs, (uint64_t)i + 1, memory_order_release);
        if (strcmp(scene, "slow") == 0 && i % 100 == 0)
            usleep(900); /* some 100,000 pairs a second */
    }
    if (strcmp(scene, "slices") == 0)
        close_slices(thread);
    if (strcmp(scene, "limited") == 0) {
        const struct rlimit none = {0, 0}; /* bytes of a file that may still be written */
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &none);
    }
    for (long i = 0; strcmp(scene, "open") != 0 && i < depth + apart; i++)
        __itt_task_end(apart ? two : one);
    pthread_barrier_wait(&end); /* the next thread would take the place of one that ended */
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    scene = argv[1];
    threads = atol(argv[2]);
    depth = atol(argv[3]);
    pairs = atol(argv[4]);
    memset(very_long, 'x', sizeof very_long - 1);
    one = __itt_domain_create("one");
    two = __itt_domain_create(strncmp(scene, "apart", 5) == 0 ? very_long : "two");
    if (argc > 5) {
        int fd = open(argv[5], O_RDWR | O_CREAT, 0600);
        if (ftruncate(fd, 4096) != 0)
            return 1;
        progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    pthread_t started[64];
    pthread_barrier_init(&end, NULL, (unsigned)threads);
    for (long i = 1; i < threads; i++)
        pthread_create(&started[i], NULL, run, (void *)(intptr_t)i);
    run(NULL);
    for (long i = 1; i < threads; i++)
        pthread_join(started[i], NULL);
    printf("%ld\n", most_memory());
    return 0;
}
