#define _GNU_SOURCE
#include "instant.h"
#include "room.h"
#include <stdio.h>

bool instant_wanted(struct writer *w)
{
    uint32_t state = atomic_load_explicit(&w->head->state, memory_order_relaxed);
    if (state & ITT_STATE_STOPPED)
        room_lost(w);
    return !(state & (ITT_STATE_PAUSED | ITT_STATE_DETACHED | ITT_STATE_STOPPED));
}

uint64_t instant_write(struct writer *w, struct event *event)
{
    if (!room_for(w, event->name, event->category, event_cost(event))) {
        room_lost(w);
        return 0;
    }
    if (!event->absolute)
        event->time = writer_time(w, clock_ticks());
    return event_write(w, event);
}

uint32_t instant_name(__itt_string_handle *handle, char *to, struct text *text)
{
    uint32_t iid = name_of_handle(handle);
    const char *own = handle == NULL || handle->strA == NULL ? "" : handle->strA;
    if (iid == 0)
        *text = (struct text){to, name_clean(to, INSTANT_TEXT, own)};
    return iid;
}

struct text instant_id(__itt_id id, char *to)
{
    int n = snprintf(to, INSTANT_ID, "%llx.%llx.%llx", id.d1, id.d2, id.d3);
    return (struct text){to, (size_t)n};
}
