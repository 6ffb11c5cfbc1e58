/* Events and marks, of old: an instant of the thread, and a slice once its end is known. */
#ifndef ITT_COLLECTOR_MARK_H
#define ITT_COLLECTOR_MARK_H

#include "client.h"

/* A number for the name; the first `length` bytes of it, all of them where that is negative. */
__itt_event mark_event_create(const char *name, int length);
__itt_mark_type mark_create(const char *name);

/* 0, or -1 for a number that was never made. */
int mark_event_start(__itt_event event);
int mark_event_end(__itt_event event);
int mark_on(__itt_mark_type mark, const char *parameter);
int mark_off(__itt_mark_type mark);

/* Of the process, not of the thread: any thread may end it. */
int mark_global_on(__itt_mark_type mark, const char *parameter);
int mark_global_off(__itt_mark_type mark);

#endif
