#ifndef ITT_TESTS_MEMORY_H
#define ITT_TESTS_MEMORY_H

#include <stdio.h>

/* The most memory that this program has had, in KB: getrusage() tells its parent's where that had more. */
static long most_memory(void)
{
    char line[256];
    long most = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && most < 0 && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "VmHWM: %ld", &most);
    if (status != NULL)
        fclose(status);
    return most;
}

#endif
