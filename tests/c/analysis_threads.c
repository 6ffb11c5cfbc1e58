/* Reads files by so many threads: analysis_threads THREADS FILE... */
#include "crew.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments)
{
    static struct summary summary;
    static struct crew crew;
    if (count < 3)
        return 2;
    summary_open(&summary);
    summary.tree.wanted = true;
    summary.owners.sort = OWNER_THREAD;
    bool more = crew_open(&crew, &summary, (const char *const *)arguments + 2, (uint32_t)count - 2,
                          (uint32_t)atoi(arguments[1]), ITT_UNIT_SIZE);
    while (more)
        more = crew_read(&crew);
    if (crew.joined == 0)
        return 1;
    crew_close(&crew);
    summary_finish(&summary);
    printf("%" PRIu64 " events\n", summary.events);
    summary_close(&summary);
    return 0;
}
