/* What loaded.c loads: a constructor that waits for a thread that labels, and a clock that goes with the library. */
#include <ittnotify.h>

#include <pthread.h>
#include <stddef.h>

void label_by_address(void) __attribute__((weak));

static void *label(void *unused)
{
    label_by_address();
    return unused;
}

__attribute__((constructor)) static void construct(void)
{
    pthread_t thread;
    if (label_by_address == NULL)
        return;
    pthread_create(&thread, NULL, label, NULL);
    pthread_join(thread, NULL);
}

static void clock_info(__itt_clock_info *info, void *data)
{
    (void)data;
    *info = (__itt_clock_info){1000000000, 0};
}

void make_clock(void);
void make_clock(void)
{
    __itt_clock_domain_create(clock_info, NULL);
}
