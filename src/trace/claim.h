/* Taking room at the end of a file that several processes write at once, killed at any moment. */
#ifndef ITT_TRACE_CLAIM_H
#define ITT_TRACE_CLAIM_H

#include "format.h"
#include "window.h"

/* Room at the file's end, covered already. */
struct claim {
    uint64_t offset;
    uint8_t *page;         /* its first one, mapped */
    struct window *window; /* which that is in; NULL: it is mapped for this claim */
};

/* Stores 8 bytes at any address so that all earlier stores of this thread are seen before them. */
static inline void claim_store(uint8_t *at, uint64_t word)
{
    struct __attribute__((packed, may_alias)) unaligned {
        uint64_t word;
    };
    atomic_thread_fence(memory_order_release);
    ((volatile struct unaligned *)at)->word = word;
}

/* Claims `size` bytes, whole units. 0, an errno or ITT_STOP_*. claim_release() lets go of the page. */
int claim_take(int fd, struct recording_head *head, uint32_t size, struct windows *windows,
               struct claim *claim);
void claim_release(struct claim *claim);

/* Its first 8 bytes, when all others are there: it is in the trace from now on. */
void claim_commit(struct claim *claim, uint64_t word);

/*
 * The same as claim_take(), and all of it is mapped at `at`, to stay: nothing is to be released. After an error something else lies there,
 * or nothing, if claim->page was set.
 */
int claim_map(int fd, struct recording_head *head, uint32_t size, uint8_t *at, struct claim *claim);

/* The same of the trace, where the slots lie in a file of their own: nothing is covered or mapped. */
int claim_spill(struct recording_head *head, uint32_t size, uint64_t *offset);

#endif
