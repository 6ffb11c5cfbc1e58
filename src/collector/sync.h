/* Synchronization objects of the program: who waits for one, and who has it. Bound on request only. */
#ifndef ITT_COLLECTOR_SYNC_H
#define ITT_COLLECTOR_SYNC_H

#include "client.h"

/* What an address is called from here on, until it is destroyed. */
void sync_create(void *address, const char *type, const char *name, int attribute);
int sync_name(void *address, const char *type, int type_length, const char *name, int name_length,
              int attribute);
void sync_rename(void *address, const char *name);
void sync_destroy(void *address);

void sync_prepare(void *address);
void sync_cancel(void *address);
void sync_acquired(void *address);
void sync_releasing(void *address);

#endif
