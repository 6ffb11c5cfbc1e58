/*
 * Parses the same text without labels and with them, a short while each in turn: parser_program SECONDS. Prints for
 * each turn ns of wall time, ns of processor time, and tasks.
 *
 *     parser_program plain|labelled N     parses it N times at once, and prints this of all
 */
#define _GNU_SOURCE
#include "records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WARM_UP 200 /* times: until a thread's slot has been full, and each of its pages touched */
#define TURN    4
#define RECORDS 100 /* of about 10 KB */
#define ROOM    24576

static struct parser parser;

static uint64_t look(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t seed = 1;

static uint32_t below(uint32_t most)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % most;
}

/* An order of a shop. They are the same ones in each run. */
static int write_record(char *at, size_t room, int number)
{
    static const char *const words[] = {"red", "lamp", "chair", "small", "table", "with \\\"arms\\\"", "oak"};
    int n = snprintf(at, room,
                     "{\"id\": %d, \"customer\": {\"name\": \"C. %u\", \"city\": \"%c%u\"}, \"lines\": [",
                     number, below(10000), 'A' + (char)below(26), below(100));
    for (int line = 0, lines = 50 + (int)below(180); line < lines; line++) {
        n += snprintf(at + n, room - (size_t)n,
                      "%s{\"article\": \"%s %s\", \"price\": %u.%02u, \"count\": %u, \"gift\": %s}",
                      line == 0 ? "" : ", ", words[below(7)], words[below(7)], below(500), below(100),
                      below(9) + 1, below(2) == 0 ? "true" : "null");
    }
    return n + snprintf(at + n, room - (size_t)n, "], \"paid\": -%u.5}\n", below(9000));
}

static char *make(void)
{
    const size_t size = RECORDS * ROOM;
    char *text = malloc(size);
    size_t n = 0;
    for (int i = 0; i < RECORDS; i++)
        n += (size_t)write_record(text + n, size - n, i);
    return text;
}

static void timed(long (*parse)(struct parser *), const char *text, long times)
{
    uint64_t wall = look(CLOCK_MONOTONIC), cpu = look(CLOCK_PROCESS_CPUTIME_ID);
    long tasks = 0;
    for (long i = 0; i < times; i++) {
        parser.at = text;
        tasks += parse(&parser);
    }
    cpu = look(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = look(CLOCK_MONOTONIC) - wall;
    printf("%llu %llu %ld\n", (unsigned long long)wall, (unsigned long long)cpu, tasks);
}

int main(int argc, char **argv)
{
    char *text = make();
    if (argc == 3)
        timed(argv[1][0] == 'p' ? records_parse_plain : records_parse_labelled, text, atol(argv[2]));
    if (argc != 2)
        return argc == 3 && parser.deepest == 3 ? 0 : 2;
    for (int i = 0; i < WARM_UP; i++) {
        parser.at = text;
        records_parse_labelled(&parser);
    }
    uint64_t end = look(CLOCK_MONOTONIC) + (uint64_t)(atof(argv[1]) * 1e9);
    while (look(CLOCK_MONOTONIC) < end) {
        timed(records_parse_plain, text, TURN);
        timed(records_parse_labelled, text, TURN);
    }
    return parser.deepest == 3 ? 0 : 1;
}
