#define _GNU_SOURCE
#include "group.h"
#include <stdlib.h>
#include <string.h>

#define FLOODS (__itt_group_sync | __itt_group_fsync | __itt_group_stitch)

static const struct {
    const char *name;
    int groups;
} known[] = {
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

static int find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0)
            return known[i].groups;
    }
    return 0;
}

/* All that a list names; 0: nothing that is known. */
static int parse(const char *list)
{
    int groups = 0;
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",; ");
        groups |= find(list, length);
        list += length;
        list += strspn(list, ",; ");
    }
    return groups;
}

int group_wanted(int asked, bool sync)
{
    int wanted = parse(secure_getenv("INTEL_ITTNOTIFY_GROUPS"));
    if (wanted == 0)
        wanted = __itt_group_all & ~FLOODS;
    if (sync)
        wanted |= FLOODS;
    return asked == 0 ? wanted : wanted & asked;
}

bool group_has(int wanted, const struct client_entry *entry)
{
    int groups = entry->groups;
    if ((groups & FLOODS) && !(groups & ~(FLOODS | __itt_group_legacy)))
        return (groups & FLOODS & wanted) != 0; /* not for being of old, too */
    return groups == 0 || (groups & (wanted | __itt_group_control)) != 0 ||
           strcmp(entry->name, "__itt_domain_create") == 0 ||
           strcmp(entry->name, "__itt_string_handle_create") == 0;
}
