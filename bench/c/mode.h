/* Kinds of label, and what they are compared with. */
#ifndef BENCH_MODE_H
#define BENCH_MODE_H

#include <stdint.h>

#define MODE_BUFFER (256u << 10) /* bytes that the floor writes to: a slot's */

struct mode {
    const char *name;
    void (*run)(long n,
                char *thread); /* n times; `thread`: MODE_BUFFER bytes of this thread's, mapped from a file */
    void (*prepare)(void);     /* first, once; may be NULL */
};

/* NULL: there is none of that name. */
const struct mode *mode_find(const char *name);

uint64_t mode_stamp(void);

/* Ticks that this thread has waited where a mode waits: not what its labels cost. */
extern _Thread_local uint64_t mode_idle;

/* Ticks of mode_stamp() a nanosecond. */
double mode_rate(void);

/* One call of another tool's, begun and ended: in a file of its own, where the program is built for one. */
void peer_pairs(long n);

#endif
