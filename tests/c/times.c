/* Tasks at given times, clocks of the program, and its own tracks: times SCENE. */
#include "spans.h"

#include <pthread.h>

static void timed(void)
{
    __itt_id a = id_of(1), b = id_of(2), c = id_of(3);
    pass(300);
    unsigned long long start = __itt_get_timestamp() - 200000;
    __itt_task_begin(one, __itt_null, __itt_null, outer);
    __itt_task_begin_ex(one, NULL, start + 1000, a, __itt_null, name_of("timed ", 0));
    __itt_task_begin(two, __itt_null, __itt_null, inner);
    __itt_task_end_ex(one, NULL, start + 5000);
    __itt_task_begin_ex(one, NULL, start + 10000, __itt_null, a, name_of("ends now ", 0));
    __itt_task_end(one);
    __itt_task_begin_ex(one, NULL, start + 20000, __itt_null, __itt_null, name_of("backwards ", 0));
    __itt_task_end_ex(one, NULL, start + 15000);
    __itt_task_begin_ex(one, NULL, start + 30000, __itt_null, __itt_null, name_of("around ", 0));
    __itt_task_begin_ex(one, NULL, start + 31000, __itt_null, __itt_null, name_of("within ", 0));
    __itt_task_end_ex(one, NULL, start + 32000);
    __itt_task_end_ex(one, NULL, start + 40000);
    __itt_task_end(two);
    __itt_task_end_ex(one, NULL, __itt_get_timestamp()); /* the plain one, on its own track */
    __itt_task_end_ex(one, NULL, start);                 /* 1 unmatched */
    __itt_task_begin_overlapped_ex(two, NULL, start + 50000, b, __itt_null, name_of("overlapped ", 0));
    __itt_task_begin_overlapped(two, c, __itt_null, name_of("overlapped ", 1));
    __itt_task_end_overlapped_ex(two, NULL, start + 60000, b);
    __itt_task_end_overlapped_ex(two, NULL, start, c); /* before it began */
    __itt_task_begin_fn_ex(one, NULL, start + 70000, __itt_null, __itt_null, (void *)id_of);
    __itt_task_end_ex(one, NULL, start + 70000);
    __itt_task_begin_ex(one, NULL, 0, __itt_null, __itt_null, name_of("never ", 0));
    printf("%llu\n", start);
}

/* A clock of milliseconds that says 5000 now, or whatever `lie` is. */
static __itt_clock_info lie;

static void ITTAPI tell(__itt_clock_info *info, void *data)
{
    *info = data != NULL ? *(__itt_clock_info *)data : (__itt_clock_info){1000, 5000};
    __itt_task_begin(one, __itt_null, __itt_null, inner); /* it may label itself */
    __itt_task_end(one);
}

static void clocks(void)
{
    static const unsigned long long odd[] = {0, 1, 1ull << 62, (unsigned long long)-1};
    uint64_t before = now();
    __itt_clock_domain *milliseconds = __itt_clock_domain_create(tell, NULL);
    uint64_t after = now();
    printf("%llu %llu\n", (unsigned long long)before, (unsigned long long)after);
    __itt_task_begin_ex(two, milliseconds, 4990, __itt_null, __itt_null, name_of("clock ", 0));
    __itt_task_end_ex(two, milliseconds, 4997);
    pass(5000);
    printf("%llu\n", (unsigned long long)now());
    __itt_clock_domain_reset(); /* 5000 is now */
    printf("%llu\n", (unsigned long long)now());
    __itt_task_begin_ex(two, milliseconds, 4999, __itt_null, __itt_null, name_of("clock ", 1));
    __itt_task_end_ex(two, milliseconds, 5000);
    for (unsigned i = 0; i < 64; i++) {
        lie = (__itt_clock_info){odd[i % 4], odd[i / 4 % 4]};
        __itt_clock_domain *clock = __itt_clock_domain_create(i % 8 == 7 ? NULL : tell, &lie);
        __itt_clock_domain_reset();
        __itt_task_begin_ex(three, clock, odd[i / 16], __itt_null, __itt_null, name_of("lie ", i));
        __itt_task_end_ex(three, clock, odd[3 - i / 16]);
    }
    for (unsigned i = 0; i < 300; i++) { /* more than there is room for */
        __itt_clock_domain *clock = __itt_clock_domain_create(tell, &lie);
        __itt_task_begin_ex(three, clock, i, __itt_null, __itt_null, name_of("more ", i));
        __itt_task_end_ex(three, clock, i);
    }
}

static __itt_track *shared_track;

static void *on_track(void *number)
{
    __itt_set_track(shared_track);
    for (long i = 0; i < 100; i++) {
        __itt_task_begin(one, __itt_null, __itt_null, name_of("shared ", (long)(intptr_t)number));
        __itt_task_end(one);
    }
    return NULL;
}

static void tracks(void)
{
    __itt_track_group *gpu = __itt_track_group_create(name_of("GPU ", 0), __itt_track_group_type_normal);
    __itt_track_group *same = __itt_track_group_create(name_of("GPU ", 0), __itt_track_group_type_normal);
    __itt_track *queue = __itt_track_create(gpu, name_of("queue ", 0), __itt_track_type_queue);
    __itt_track *lonely = __itt_track_create(NULL, name_of("lonely ", 0), __itt_track_type_normal);
    pthread_t all[4];
    printf("%d %d\n", gpu == same, queue == __itt_track_create(same, name_of("queue ", 0), 0));
    __itt_task_begin(one, __itt_null, __itt_null, name_of("before ", 0));
    __itt_set_track(queue);
    __itt_task_begin(one, __itt_null, __itt_null, outer);
    __itt_task_begin(two, __itt_null, __itt_null, inner);
    __itt_task_end(one); /* crosses */
    __itt_set_track(lonely);
    __itt_task_end(two);
    __itt_task_begin_overlapped(two, id_of(1), __itt_null, third);
    __itt_set_track(NULL);
    __itt_task_end_overlapped(two, id_of(1));
    __itt_task_begin(two, __itt_null, __itt_null, name_of("after ", 0));
    __itt_task_end(two);
    __itt_task_end(one);
    __itt_set_track(NULL);
    shared_track = queue;
    for (long i = 0; i < 4; i++)
        pthread_create(&all[i], NULL, on_track, (void *)(intptr_t)i);
    for (long i = 0; i < 4; i++)
        pthread_join(all[i], NULL);
    long made = 0, groups = 0; /* bounded, and harmless beyond */
    for (long i = 0; i < 5000; i++) {
        __itt_track *track = __itt_track_create(gpu, name_of("many ", i), __itt_track_type_normal);
        made += track != NULL;
        __itt_set_track(track);
        groups += __itt_track_group_create(name_of("group ", i), __itt_track_group_type_normal) != NULL;
    }
    printf("%ld %ld\n", made, groups);
    __itt_task_begin(one, __itt_null, __itt_null, name_of("last ", 0));
    __itt_task_end(one);
}

int main(int argc, char **argv)
{
    const char *scene = argc > 1 ? argv[1] : "";
    set_up();
    SCENE(timed, timed())
    SCENE(clocks, clocks())
    SCENE(tracks, tracks())
    return 2;
}
