#define _GNU_SOURCE
#include "scope.h"
#include "descriptor.h"
#include "join.h"
#include "process.h"
#include <string.h>

/* As annotations: 22 [size] 52 05 "scope" 32 [size] [name]. */
#define NAME_AT 11
static const char annotations[][20] = {[__itt_scope_unknown] = "\x22\x10\x52\x05scope\x32\x07unknown",
                                       [__itt_scope_global] = "\x22\x0f\x52\x05scope\x32\x06global",
                                       [__itt_scope_track_group] = "\x22\x10\x52\x05scope\x32\x07process",
                                       [__itt_scope_track] = "\x22\x0f\x52\x05scope\x32\x06thread",
                                       [__itt_scope_task] = "\x22\x0d\x52\x05scope\x32\x04task",
                                       [__itt_scope_marker] = "\x22\x0f\x52\x05scope\x32\x06marker"};

static const char *annotation_of(__itt_scope scope)
{
    return annotations[(unsigned)scope < sizeof annotations / sizeof *annotations ? (unsigned)scope : 0];
}

struct text scope_name(__itt_scope scope)
{
    const char *bytes = annotation_of(scope);
    return (struct text){bytes + NAME_AT, (size_t)bytes[NAME_AT - 1]};
}

uint8_t *scope_put(uint8_t *at, __itt_scope scope)
{
    const char *bytes = annotation_of(scope);
    memcpy(at, bytes, sizeof *annotations);
    return at + 2 + bytes[1];
}

/* 0: the thread's own. */
static uint64_t track_of(const struct writer *w, __itt_scope scope)
{
    if (scope == __itt_scope_global)
        return w->join->track_bits | 2;
    return scope == __itt_scope_track_group ? w->process->track | ITT_GROUP_MARKERS : 0;
}

bool scope_track_known(const struct writer *w, __itt_scope scope, uint64_t *track)
{
    *track = track_of(w, scope);
    return *track == 0 || w->scopes_told[scope] == w->segment;
}

uint64_t scope_track(struct writer *w, __itt_scope scope)
{
    struct descriptor markers = {.name = {"Markers", 7}, .uuid = track_of(w, scope)};
    if (scope == __itt_scope_track_group)
        markers.parent = w->process->track;
    if (markers.uuid != 0)
        descriptor_tell(w, &markers, &w->scopes_told[scope]);
    return markers.uuid;
}
