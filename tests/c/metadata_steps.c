/*
 * Runs a child instruction by instruction while it adds metadata, and looks at the trace after each: what would be there
 * if the child were killed now.
 *
 *     metadata_steps TRACE
 *
 * A line for each call: instructions, moments at which the chunk did not parse, fewest and most begins of the task that were
 * visible at once, annotations before and after, and how often their number changed.
 */
#define _GNU_SOURCE
#include <ittnotify.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNIT 65536u

static void stop(void)
{
    raise(SIGSTOP);
}

/* The calls to look at, each between two stops. */
static void child(void)
{
    static char text[5000];
    __itt_domain *one = __itt_domain_create("one"), *two = __itt_domain_create("two");
    __itt_string_handle *outer = __itt_string_handle_create("outer"),
                        *key = __itt_string_handle_create("key");
    uint64_t number = 5;
    memset(text, 'x', sizeof text - 1);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    __itt_task_begin(one, __itt_null, __itt_null, outer); /* the first of its kind, and not a short one */
    __itt_task_end(one);
    __itt_task_begin(one, __itt_null, __itt_null, outer);
    stop();
    __itt_metadata_add(one, __itt_null, key, __itt_metadata_u64, 1, &number); /* replaces the last packet */
    stop();
    stop();
    __itt_metadata_str_add(one, __itt_null, key, "text", 4); /* in the spare part */
    stop();
    stop();
    __itt_metadata_str_add(one, __itt_null, key, text, 4999); /* replaces what is longer */
    stop();
    __itt_task_begin(two, __itt_null, __itt_null, key);
    stop();
    __itt_metadata_add(one, __itt_null, key, __itt_metadata_u64, 1,
                       &number); /* in the spare part of an older one */
    stop();
    stop();
    __itt_metadata_str_add(one, __itt_null, key, text, 4999); /* written again */
    stop();
    _exit(0);
}

static const uint8_t *varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; at != NULL && at < end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*at & 0x7f) << shift;
        if (*at++ < 0x80)
            return at;
    }
    return NULL;
}

/* One field; NULL where it does not parse. *data: what it holds, of `length` bytes. */
static const uint8_t *field(const uint8_t *at, const uint8_t *end, uint64_t *tag, const uint8_t **data,
                            uint64_t *length)
{
    at = varint(at, end, tag);
    if (at == NULL)
        return NULL;
    *data = at;
    if ((*tag & 7) == 0)
        return varint(at, end, length);
    *length = (*tag & 7) == 1 ? 8 : 4;
    if ((*tag & 7) == 2)
        *data = varint(at, end, length);
    return *data == NULL || *length > (uint64_t)(end - *data) ? NULL : *data + *length;
}

struct seen {
    int begins, ends, annotations;
};

/* Begins on this track event's level, with how many annotations; of the domain whose iid comes first. */
static bool look_at_event(const uint8_t *at, const uint8_t *end, struct seen *seen)
{
    uint64_t tag, value, type = 0, category = 0;
    int annotations = 0;
    const uint8_t *data;
    while (at != end) {
        at = field(at, end, &tag, &data, &value);
        if (at == NULL)
            return false;
        type = tag == (9 << 3) ? value : type;
        category = tag == (3 << 3) ? value : category;
        annotations += tag == (4 << 3 | 2);
    }
    seen->ends += type == 2;
    if (type == 1 && category == 1) {
        seen->begins++;
        seen->annotations = annotations > seen->annotations ? annotations : seen->annotations;
    }
    return true;
}

static bool look(int fd, struct seen *seen)
{
    static uint8_t chunk[UNIT];
    const uint8_t *at = chunk, *end = chunk + UNIT, *next, *data;
    uint64_t tag, length;
    *seen = (struct seen){0};
    if (pread(fd, chunk, UNIT, UNIT) != UNIT)
        return false;
    while (at != end) {
        at = field(at, end, &tag, &data, &length);
        if (at == NULL || tag != (1 << 3 | 2))
            return false;
        for (const uint8_t *inner = data; inner != at; inner = next) {
            const uint8_t *inside;
            next = field(inner, at, &tag, &inside, &length);
            if (next == NULL || (tag == (11 << 3 | 2) && !look_at_event(inside, next, seen)))
                return false;
        }
    }
    seen->begins -= seen->ends; /* what began and ended before */
    return true;
}

static bool go_on(pid_t pid, enum __ptrace_request how, bool *stopped)
{
    int status;
    if (ptrace(how, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return false;
    *stopped = WSTOPSIG(status) == SIGSTOP;
    return true;
}

int main(int argc, char **argv)
{
    pid_t pid = argc > 1 ? fork() : -1;
    bool stopped = false;
    if (pid == 0)
        child();
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return 1;
    int fd = open(argv[1], O_RDONLY);
    for (;;) {
        struct seen before, now, last;
        long steps = 0, broken = 0;
        int least = 1000, most = 0, changes = 0;
        if (!look(fd, &before))
            return 2;
        last = before;
        for (stopped = false; !stopped; steps++) {
            if (!go_on(pid, PTRACE_SINGLESTEP, &stopped))
                return 3;
            if (!look(fd, &now)) {
                broken++;
                continue;
            }
            least = now.begins < least ? now.begins : least;
            most = now.begins > most ? now.begins : most;
            changes += now.annotations != last.annotations;
            last = now;
        }
        printf("%ld %ld %d %d %d %d %d\n", steps, broken, least, most, before.annotations, last.annotations,
               changes);
        if (!go_on(pid, PTRACE_CONT, &stopped)) /* to before the next call */
            return 0;
    }
}
