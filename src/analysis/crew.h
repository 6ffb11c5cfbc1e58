/*
 * Reads files into a summary, part by part; threads read parts ahead, and join them in the order of the files. So what comes
 * out does not depend on how many threads there are.
 */
#ifndef ITT_ANALYSIS_CREW_H
#define ITT_ANALYSIS_CREW_H

#include "reader.h"
#include <pthread.h>

#define CREW_PART    ((uint64_t)8 << 20)
#define CREW_THREADS 8u

struct crew_file {
    const char *path;
    int fd;
    uint64_t size;
    int error; /* none, an errno or an enum reader_error */
    uint64_t missing;
    bool headed; /* it starts with the head of a recording: parts of it can be read ahead */
};

struct crew {
    uint64_t part;
    uint32_t file_count;
    struct crew_file *files; /* opened under the lock, ahead of their turn; the rest by who has the turn */

    /* Of who has the turn. */
    struct summary *summary;
    struct reader reader;
    uint32_t file; /* that the reader reads */
    bool reading;
    uint64_t joined; /* parts that were read ahead, and not once more */

    /* Under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t turned;
    uint32_t next_file; /* of the next ticket */
    uint64_t next_at;
    uint64_t tickets, turn; /* given out; done with */
    uint32_t running;

    _Atomic bool stopped; /* relaxed: an end sooner or later */
    uint32_t started;
    pthread_t threads[CREW_THREADS];
};

/*
 * `threads` and `part`: 0, as is good. False: memory is out. The paths must stay; crew_close() in any case, before anything
 * else is done with the summary.
 */
bool crew_open(struct crew *crew, struct summary *summary, const char *const *paths, uint32_t count,
               uint32_t threads, uint64_t part);

/* Reads on for a while, or lets the threads do so. False: all is read. */
bool crew_read(struct crew *crew);

void crew_close(struct crew *crew);

#endif
