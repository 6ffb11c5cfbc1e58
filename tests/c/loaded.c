/* Labels around libraries that come and go, and around the end of threads: loaded SCENE [LIBRARY]. */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static __itt_domain *domain;

static void labelled_by_address(void)
{
}

/* The library's constructor has a thread of its own call this, and waits for it. */
void label_by_address(void);
void label_by_address(void)
{
    __itt_task_begin_fn(domain, __itt_null, __itt_null, (void *)labelled_by_address);
    __itt_task_end(domain);
}

static void constructor(const char *library)
{
    alarm(20);
    if (dlopen(library, RTLD_NOW) == NULL)
        puts(dlerror());
}

static void unloaded_clock(const char *library)
{
    void *loaded = dlopen(library, RTLD_NOW);
    void (*make)(void) = loaded == NULL ? NULL : (void (*)(void))dlsym(loaded, "make_clock");
    if (make == NULL) {
        puts(dlerror());
        return;
    }
    make();
    dlclose(loaded);
    __itt_clock_domain_reset();
}

static atomic_int asked;
static atomic_bool inside, done;

static void slow_clock(__itt_clock_info *info, void *data)
{
    (void)data;
    *info = (__itt_clock_info){1000000000, 0};
    asked++;
    inside = true;
    while (!done)
        usleep(100);
}

static void *make_slow_clock(void *unused)
{
    __itt_clock_domain_create(slow_clock, NULL);
    return unused;
}

/* The parent's thread is in the callback; the child resets the clock. */
static void forked_clock(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, make_slow_clock, NULL);
    while (!inside)
        usleep(100);
    pid_t child = fork();
    if (child == 0) {
        asked = 0;
        done = true;
        __itt_clock_domain_reset();
        printf("%d\n", asked);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    done = true;
    pthread_join(thread, NULL);
}

static void end_task(void *unused)
{
    (void)unused;
    __itt_task_end(domain);
}

static void *begin_task(void *key)
{
    pthread_setspecific(*(pthread_key_t *)key, key);
    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("until the end"));
    return NULL;
}

/* A destructor that was made after the collector's ends the task of each thread. */
static void late_key(void)
{
    pthread_key_t key;
    pthread_key_create(&key, end_task);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, begin_task, &key);
        pthread_join(thread, NULL);
    }
}

int main(int argc, char **argv)
{
    const char *scene = argc > 1 ? argv[1] : "", *library = argc > 2 ? argv[2] : "";
    domain = __itt_domain_create("domain");
    __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("first"));
    __itt_task_end(domain);
    if (strcmp(scene, "constructor") == 0)
        constructor(library);
    else if (strcmp(scene, "unloaded_clock") == 0)
        unloaded_clock(library);
    else if (strcmp(scene, "forked_clock") == 0)
        forked_clock();
    else if (strcmp(scene, "late_key") == 0)
        late_key();
    else
        return 2;
    return 0;
}
