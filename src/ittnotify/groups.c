#include "groups.h"
#include <string.h>

#define SEPARATORS ",; "

static const struct {
    const char *name;
    __itt_group_id group;
} groups[] = {
    {"all", __itt_group_all},           {"legacy", __itt_group_legacy},
    {"control", __itt_group_control},   {"thread", __itt_group_thread},
    {"mark", __itt_group_mark},         {"sync", __itt_group_sync},
    {"fsync", __itt_group_fsync},       {"jit", __itt_group_jit},
    {"model", __itt_group_model},       {"counter", __itt_group_counter},
    {"frame", __itt_group_frame},       {"stitch", __itt_group_stitch},
    {"heap", __itt_group_heap},         {"structure", __itt_group_structure},
    {"suppress", __itt_group_suppress}, {"arrays", __itt_group_arrays},
    {"module", __itt_group_module},
};

static __itt_group_id group_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (strlen(groups[i].name) == length && memcmp(groups[i].name, name, length) == 0)
            return groups[i].group;
    return __itt_group_none;
}

__itt_group_id itt_part_groups(const char *list, void (*unknown)(const char *name))
{
    int wanted = __itt_group_none;
    char text[64];

    if (!list)
        return __itt_group_all;
    for (list += strspn(list, SEPARATORS); *list; list += strspn(list, SEPARATORS)) {
        const size_t length = strcspn(list, SEPARATORS);
        const __itt_group_id group = group_find(list, length);
        const size_t shown = length < sizeof text ? length : sizeof text - 1;

        if (group == __itt_group_none) {
            memcpy(text, list, shown);
            text[shown] = 0;
            unknown(text);
        }
        wanted |= (int)group;
        list += length;
    }
    return (__itt_group_id)wanted;
}
