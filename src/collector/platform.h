/* What differs between processors and kernels: the time stamp counter and thread ids. */
#ifndef ITT_COLLECTOR_PLATFORM_H
#define ITT_COLLECTOR_PLATFORM_H

#include <stdbool.h>
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

/* Two words that change together. */
struct platform_pair {
    _Alignas(16) uint64_t low;
    uint64_t high;
};

/* What may be there: platform_pair_swap() knows. */
static inline struct platform_pair platform_pair_guess(const struct platform_pair *pair)
{
    return (struct platform_pair){__atomic_load_n(&pair->low, __ATOMIC_RELAXED),
                                  __atomic_load_n(&pair->high, __ATOMIC_RELAXED)};
}

/* Replaces `old`. False: something else is there, which is then in `old`. */
static inline bool platform_pair_swap(struct platform_pair *pair, struct platform_pair *old,
                                      struct platform_pair next)
{
#if defined(__x86_64__)
    bool done;
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*pair), "+a"(old->low), "+d"(old->high)
                     : "b"(next.low), "c"(next.high)
                     : "memory");
    return done;
#else
    __extension__ typedef unsigned __int128 both;
    both was = __sync_val_compare_and_swap((both *)(void *)pair, (both)old->high << 64 | old->low,
                                           (both)next.high << 64 | next.low);
    bool done = old->low == (uint64_t)was && old->high == (uint64_t)(was >> 64);
    *old = (struct platform_pair){(uint64_t)was, (uint64_t)(was >> 64)};
    return done;
#endif
}

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
