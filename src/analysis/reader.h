/* Reads the files of recordings: block by block, and past what is damaged. */
#ifndef ITT_ANALYSIS_READER_H
#define ITT_ANALYSIS_READER_H

#include "segment.h"

enum reader_error {
    READER_FOREIGN = -1, /* no recording of ours */
    READER_EMPTY = -2,   /* no byte in it */
    READER_PIPE = -3,    /* cannot be read twice, or from its midst */
};

struct reader {
    struct segment segment;
    int fd;    /* of who opened it */
    int error; /* an errno, or one of enum reader_error */
    uint8_t *block;
    uint64_t offset;  /* of the block in the file */
    size_t length;    /* of the block */
    uint64_t at;      /* next byte to look at */
    uint64_t size;    /* of the file when it was opened */
    uint64_t base;    /* where the recording's first unit lies */
    uint64_t missing; /* bytes that the recording's head knows of, behind the file's end */
    uint64_t retried; /* offset + 1 where a packet was read a second time */
    uint32_t retries;
    uint64_t damaged_before; /* summary->damaged when the file was opened */
    bool has_source;         /* its recording is in the summary */
    bool ours;               /* a head or a segment was there */
    bool astray;             /* behind damage: packets count again from the next unit that starts well */
};

/* Opens a file; 0, an errno, or an enum reader_error. Close *fd in any case, if it is not negative. */
int reader_file(const char *path, int *fd, uint64_t *size);

/* A reader of an open file, which stays open. False: reader->error; reader_close() in any case. */
bool reader_open(struct reader *reader, struct summary *summary, int fd, uint64_t size);

/* Goes to where reading may begin, from a place on, but before `to`, in a file that starts with a head. False: not there. */
bool reader_seek(struct reader *reader, uint64_t from, uint64_t to);

/*
 * Reads on to the first place from `stop` on where reading may begin: a unit that starts with a segment. False: to the end, or to
 * reader->error.
 */
bool reader_read(struct reader *reader, uint64_t stop);

void reader_close(struct reader *reader);

#endif
