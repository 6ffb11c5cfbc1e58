#define _GNU_SOURCE
#include "crew.h"
#include "part.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAIT_NS     50000000 /* between two looks at signals */
#define STACK_BYTES ((size_t)256 << 10)

/* What a thread reads ahead: part of a file or, where that is not possible, nothing. */
struct ticket {
    uint64_t number;
    uint32_t file;
    uint64_t from, to;
    bool ahead;
};

static void file_open(struct crew_file *file)
{
    char magic[sizeof ITT_MAGIC - 1];
    file->error = reader_file(file->path, &file->fd, &file->size);
    file->headed = file->error == 0 &&
                   pread(file->fd, magic, sizeof magic, ITT_HEAD_OFFSET) == (ssize_t)sizeof magic &&
                   memcmp(magic, ITT_MAGIC, sizeof magic) == 0;
}

/* Ends the reader of this file, and goes on to the next one. */
static void file_end(struct crew *crew)
{
    struct crew_file *file = &crew->files[crew->file];
    if (crew->reading) {
        if (!crew->stopped)
            reader_read(&crew->reader, UINT64_MAX);
        file->error = crew->reader.error;
        file->missing = crew->reader.missing;
        reader_close(&crew->reader);
    }
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    crew->reading = false;
    crew->file++;
}

/* Goes on to a file, which has been opened. False: it cannot be read. */
static bool file_start(struct crew *crew, uint32_t number)
{
    struct crew_file *file = &crew->files[number];
    while (crew->file < number)
        file_end(crew);
    if (crew->reading || file->error != 0)
        return crew->reading;
    crew->reading = true;
    reader_open(&crew->reader, crew->summary, file->fd, file->size);
    return true;
}

/* One part, in turn. False: that was the last one. */
static bool read_part(struct crew *crew)
{
    bool more = reader_read(&crew->reader, (crew->reader.at / crew->part + 1) * crew->part);
    crossings_trim(&crew->summary->crossings);
    return more;
}

/* The hole that the file system knows of is left out: its size costs nothing. */
static uint64_t behind_hole(const struct crew *crew, const struct crew_file *file, uint64_t at)
{
    off_t data = at != 0 ? lseek(file->fd, (off_t)at, SEEK_DATA) : 0;
    if (data < 0)
        return errno == ENXIO ? file->size : at;
    return (uint64_t)data > at ? at + ((uint64_t)data - at) / crew->part * crew->part : at;
}

/* Under the lock. False: there is none left. */
static bool take_ticket(struct crew *crew, struct ticket *ticket)
{
    while (!crew->stopped && crew->next_file < crew->file_count) {
        struct crew_file *file = &crew->files[crew->next_file];
        if (crew->next_at == 0)
            file_open(file);
        uint64_t from = file->error == 0 ? behind_hole(crew, file, crew->next_at) : crew->next_at;
        if (from != 0 && from >= file->size) {
            crew->next_file++;
            crew->next_at = 0;
            continue;
        }
        crew->next_at = file->headed ? from + crew->part : UINT64_MAX;
        *ticket = (struct ticket){crew->tickets++, crew->next_file, from, crew->next_at, file->headed};
        return true;
    }
    return false;
}

/* Joins a part that was read ahead; where that cannot be, it is read now. */
static void take_turn(struct crew *crew, const struct ticket *ticket, struct part *part)
{
    struct reader *reader = &crew->reader;
    if (crew->stopped || !file_start(crew, ticket->file))
        return;
    if (reader->error == 0 && reader->at < ticket->to && ticket->ahead && part_join(part, reader)) {
        crossings_trim(&crew->summary->crossings);
        crew->joined++;
    }
    bool more = reader->error == 0;
    while (more && reader->at < ticket->to && !crew->stopped)
        more = read_part(crew);
}

static void *work(void *argument)
{
    struct crew *crew = argument;
    struct ticket ticket;
    struct part part;
    pthread_mutex_lock(&crew->lock);
    while (take_ticket(crew, &ticket)) {
        struct crew_file file = crew->files[ticket.file];
        pthread_mutex_unlock(&crew->lock);
        if (ticket.ahead)
            part_read(&part, crew->summary, file.fd, file.size, ticket.from, ticket.to);
        pthread_mutex_lock(&crew->lock);
        while (crew->turn != ticket.number)
            pthread_cond_wait(&crew->turned, &crew->lock);
        pthread_mutex_unlock(&crew->lock);
        take_turn(crew, &ticket, &part);
        pthread_mutex_lock(&crew->lock);
        crew->turn++;
        pthread_cond_broadcast(&crew->turned);
        pthread_mutex_unlock(&crew->lock);
        if (ticket.ahead)
            part_close(&part);
        pthread_mutex_lock(&crew->lock);
    }
    crew->running--;
    pthread_cond_broadcast(&crew->turned);
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* As many threads as there are cores for us, and as pays: what is small is read as fast by one. */
static uint32_t good_threads(const struct crew *crew)
{
    cpu_set_t cores;
    uint64_t bytes = 0;
    struct stat st;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0 || CPU_COUNT(&cores) < 2)
        return 1;
    uint32_t most = (uint32_t)CPU_COUNT(&cores);
    for (uint32_t i = 0; i < crew->file_count; i++)
        bytes += stat(crew->files[i].path, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
    return bytes / crew->part < most ? (uint32_t)(bytes / crew->part) : most;
}

/* Signals are for the threads of others. */
static void start_threads(struct crew *crew, uint32_t threads)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (threads < 2 || pthread_attr_init(&attributes) != 0)
        return;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_mutex_lock(&crew->lock);
    while (crew->started < threads && crew->started < CREW_THREADS &&
           pthread_create(&crew->threads[crew->started], &attributes, work, crew) == 0)
        crew->started++;
    crew->running = crew->started;
    pthread_mutex_unlock(&crew->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

bool crew_open(struct crew *crew, struct summary *summary, const char *const *paths, uint32_t count,
               uint32_t threads, uint64_t part)
{
    pthread_condattr_t clock;
    memset(crew, 0, sizeof *crew);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&crew->turned, &clock);
    pthread_condattr_destroy(&clock);
    crew->summary = summary;
    crew->part = part != 0 ? part : CREW_PART;
    crew->files = calloc(count + 1, sizeof *crew->files);
    if (crew->files == NULL)
        return false;
    crew->file_count = count;
    for (uint32_t i = 0; i < count; i++)
        crew->files[i] = (struct crew_file){.path = paths[i], .fd = -1};
    start_threads(crew, threads != 0 ? threads : good_threads(crew));
    return true;
}

static bool read_alone(struct crew *crew)
{
    while (crew->file < crew->file_count) {
        if (!crew->reading)
            file_open(&crew->files[crew->file]);
        if (file_start(crew, crew->file) && crew->reader.error == 0 && read_part(crew))
            return true;
        file_end(crew);
    }
    return false;
}

bool crew_read(struct crew *crew)
{
    struct timespec until;
    if (crew->started == 0)
        return read_alone(crew);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&crew->lock);
    int waited = 0;
    while (crew->running > 0 && waited == 0)
        waited = pthread_cond_timedwait(&crew->turned, &crew->lock, &until);
    bool more = crew->running > 0;
    pthread_mutex_unlock(&crew->lock);
    while (!more && crew->file < crew->file_count)
        file_end(crew);
    return more;
}

void crew_close(struct crew *crew)
{
    crew->stopped = true;
    for (uint32_t i = 0; i < crew->started; i++)
        pthread_join(crew->threads[i], NULL);
    while (crew->file < crew->file_count)
        file_end(crew);
    free(crew->files);
    pthread_cond_destroy(&crew->turned);
    pthread_mutex_destroy(&crew->lock);
}
