/* Growing and writing a file inside somebody else's process: no SIGXFSZ, no short writes, no allocation. */
#ifndef ITT_TRACE_FILE_H
#define ITT_TRACE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Reserves the bytes on the disk, growing the file if need be (never shrinking it). 0 or an errno. */
int file_reserve(int fd, uint64_t offset, uint64_t length);

/* Writes all of it. 0 or an errno. */
int file_write(int fd, const void *data, size_t length, uint64_t offset);

/*
 * Maps this part of the file, to write to it: at `at`, over what is there, or anywhere. NULL and an errno. Without read-ahead: for one
 * fresh page the kernel makes megabytes of its neighbours, just to read them, while a label waits.
 */
void *file_map(int fd, uint64_t offset, size_t length, void *at);

/* Reads up to length bytes, fewer only at the end of the file. The count, or -1 and errno. */
int64_t file_read(int fd, void *data, size_t length, uint64_t offset);

#endif
