/* Whose the rows of a report by thread or process are. */
#ifndef ITT_ANALYSIS_OWNER_H
#define ITT_ANALYSIS_OWNER_H

#include "text.h"
#include <stdbool.h>

#define OWNERS_TEXTS      65536u
#define OWNERS_TEXT_BYTES (4u << 20)

enum owner_sort { OWNER_NONE, OWNER_THREAD, OWNER_PROCESS };

struct owner {
    uint64_t pid, tid;
    uint32_t process, thread;           /* numbers of their names in owners.texts; 0: unknown */
    uint64_t process_time, thread_time; /* when they had these names */
    bool known;
};

struct owners {
    enum owner_sort sort;
    struct owner *owners; /* by number */
    uint32_t count;
    struct texts texts;
};

void owners_open(struct owners *owners);
void owners_close(struct owners *owners);

/* Number of a name. */
uint32_t owners_text(struct owners *owners, struct text text);

/* What a segment says of the owner with this number: the latest names count. False: memory is out. */
bool owners_note(struct owners *owners, uint32_t number, const struct owner *owner);

/* NULL: unknown. */
const struct owner *owners_get(const struct owners *owners, uint32_t number);

#endif
