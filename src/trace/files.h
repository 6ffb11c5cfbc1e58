/*
 * The files of a recording, opened by what reads or settles it. Never mapped: who shortens one must not kill us. What the trace
 * says of its slots is not believed: it may be anybody's.
 */
#ifndef ITT_TRACE_FILES_H
#define ITT_TRACE_FILES_H

#include "format.h"
#include <stdbool.h>

struct files {
    int trace;
    int slots;                  /* -1: they lie in the trace, or are not there, or not to be trusted */
    int folder;                 /* of the slots' file, */
    char name[256];             /* and its name there */
    struct recording_head head; /* a copy: the slots' where there are some, else the trace's */
};

/* 0, an errno, or EBADMSG where the file is none of ours. files_close() only where it is 0. */
int files_open(const char *path, bool writable, struct files *files);
void files_close(struct files *files);

/* Reads the head of the file at fd; EBADMSG: it has none. */
int files_read_head(int fd, struct recording_head *head);

/* Removes the file of slots, unless its name is another file's by now. */
int files_remove_slots(const struct files *files);

#endif
