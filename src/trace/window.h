/*
 * Where a file grows, mapped for all threads of a process: some MiB at once, as to map and to unmap a page for each chunk stops the other
 * threads' page faults, and their processors.
 */
#ifndef ITT_TRACE_WINDOW_H
#define ITT_TRACE_WINDOW_H

#include <stdatomic.h>
#include <stdint.h>

/*
 *     file   |--- chunk ---|--- chunk ---|--- chunk ---|
 *     window       |--------------------------|              users: 1 + 1 in here, 0: it may move ahead
 */
struct window {
    uint8_t *at; /* by who moves it; constant while it has users */
    /* First unit << 16 | users; 0: it shows nothing. By any thread, by compare and exchange. */
    _Atomic uint64_t state;
};

/* Two, so that one can move while a thread is slow to leave the other. All zeros: nothing is mapped. */
struct windows {
    struct window each[2];
};

/* The page of this unit of the file, until window_leave(). NULL: there is no window for it now. */
uint8_t *window_enter(struct windows *windows, int fd, uint64_t unit, struct window **entered);
void window_leave(struct window *window);

/* Nobody is in them. */
void windows_unmap(struct windows *windows);

/* In a forked child, whose parent's threads may have been in them. */
void windows_forked(struct windows *windows);

#endif
