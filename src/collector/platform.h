/* What differs between processors and kernels: the time stamp counter and thread ids. */
#ifndef ITT_COLLECTOR_PLATFORM_H
#define ITT_COLLECTOR_PLATFORM_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define PLATFORM_HAS_TICKS 1
static inline uint64_t platform_ticks(void)
{
    return __builtin_ia32_rdtsc();
}
#elif defined(__aarch64__)
#define PLATFORM_HAS_TICKS 1
static inline uint64_t platform_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}
#else
#define PLATFORM_HAS_TICKS 0
static inline uint64_t platform_ticks(void)
{
    return 0;
}
#endif

static inline uint32_t platform_thread_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

/* Keeps the compiler from moving memory accesses across it: enough against a signal handler of the same thread. */
static inline void platform_fence(void)
{
    __asm__ volatile("" ::: "memory");
}

#endif
