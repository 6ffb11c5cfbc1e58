/* Groups of functions: which of them a client gets. */
#ifndef ITT_COLLECTOR_GROUP_H
#define ITT_COLLECTOR_GROUP_H

#include "client.h"
#include <stdbool.h>

/*
 * The groups that are recorded, of those that the client asks for (0: all): what INTEL_ITTNOTIFY_GROUPS names or, where that is not set,
 * all but what comes in floods: sync, fsync and stitch, which are for `sync`.
 */
int group_wanted(int asked, bool sync);

/* Whether a function is in one of them. Names of things, and control, always are. */
bool group_has(int wanted, const struct client_entry *entry);

#endif
