/* A function that does nothing, built with -finstrument-functions: uftrace records when it begins and ends. */
#include "mode.h"

static __attribute__((noinline)) void nothing(void)
{
    __asm__ volatile("" ::: "memory");
}

__attribute__((no_instrument_function)) void peer_pairs(long n)
{
    for (long i = 0; i < n; i++)
        nothing();
}
