#define _GNU_SOURCE
#include "scope.h"
#include "descriptor.h"
#include "join.h"
#include "process.h"

struct text scope_name(__itt_scope scope)
{
    static const struct text names[] = {
        [__itt_scope_unknown] = {"unknown", 7},     [__itt_scope_global] = {"global", 6},
        [__itt_scope_track_group] = {"process", 7}, [__itt_scope_track] = {"thread", 6},
        [__itt_scope_task] = {"task", 4},           [__itt_scope_marker] = {"marker", 6}};
    return names[(unsigned)scope < sizeof names / sizeof *names ? (unsigned)scope : 0];
}

uint64_t scope_track(struct writer *w, __itt_scope scope)
{
    struct descriptor markers = {.name = {"Markers", 7}, .uuid = w->join->track_bits | 2};
    if (scope == __itt_scope_track_group) {
        markers.parent = w->process->track;
        markers.uuid = w->process->track | ITT_GROUP_MARKERS;
    } else if (scope != __itt_scope_global) {
        return 0;
    }
    descriptor_tell(w, &markers, &w->scopes_told[scope]);
    return markers.uuid;
}
