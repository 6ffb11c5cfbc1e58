/* What spans.c and times.c share: domains, names, ids and a clock. */
#ifndef SPANS_H
#define SPANS_H

#define _GNU_SOURCE
#include <ittnotify.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static __itt_domain *one, *two, *three;
static __itt_string_handle *outer, *inner, *third;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void pass(long microseconds)
{
    uint64_t end = now() + (uint64_t)microseconds * 1000;
    while (now() < end)
        continue;
}

static __itt_id id_of(unsigned long long n)
{
    return (__itt_id){n, 7, 0};
}

static __itt_string_handle *name_of(const char *text, long n)
{
    char name[64];
    snprintf(name, sizeof name, "%s%ld", text, n);
    return __itt_string_handle_create(name);
}

static void set_up(void)
{
    one = __itt_domain_create("one");
    two = __itt_domain_create("two");
    three = __itt_domain_create("three");
    outer = __itt_string_handle_create("outer");
    inner = __itt_string_handle_create("inner");
    third = __itt_string_handle_create("third");
}

#define SCENE(name, call)                                                                                    \
    if (strcmp(scene, #name) == 0) {                                                                         \
        call;                                                                                                \
        return 0;                                                                                            \
    }

#endif
