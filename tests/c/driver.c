/*
 * Runs a script of ITT calls, each on the thread that it names: one after the other or, `at-once`, each thread its own as fast as it
 * can.
 *
 *   driver [at-once] < script       a line: THREAD, CALL, arguments, with tabs between; tests/driver.py writes them
 *
 * Says for each line: pid, tid, the time before and after the call (CLOCK_MONOTONIC), and what it returned. Thread 0 is the
 * main thread; others start with their first line. driver_calls.h, which has a function for each of the interface, is generated.
 */
#define _GNU_SOURCE
#include <ittnotify.h>
#include <legacy/ittnotify.h>

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 16, WORDS = 24, REGISTERS = 256, SCRATCH = 1 << 20 };

struct line {
    int thread;
    char *result; /* name of the register that takes it, or NULL */
    char *words[WORDS];
};

/* What is told about a line; in memory shared with children. */
struct note {
    int pid, tid;
    uint64_t before, after, result;
};

static struct line *lines;
static struct note *notes;
static _Thread_local struct note *note; /* of the line that runs */
static size_t line_count;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- Arguments. What they point to is overwritten after the call: nobody may keep it. ---- */

static _Thread_local char scratch[SCRATCH];
static _Thread_local size_t scratch_used, scratch_kept;

static void *scratch_take(size_t size)
{
    size_t at = (scratch_used + 15) & ~(size_t)15;
    if (at + size > SCRATCH)
        abort();
    scratch_used = at + size;
    return scratch + at;
}

static void scratch_spoil(void)
{
    memset(scratch + scratch_kept, 0xA5, scratch_used - scratch_kept);
    scratch_used = scratch_kept;
}

static struct {
    char *name;
    uint64_t value;
} registers[REGISTERS];

static uint64_t *register_find(const char *name)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    int i = 0;
    pthread_mutex_lock(&mutex);
    while (i < REGISTERS - 1 && registers[i].name != NULL && strcmp(registers[i].name, name) != 0)
        i++;
    if (registers[i].name == NULL)
        registers[i].name = strdup(name);
    pthread_mutex_unlock(&mutex);
    return &registers[i].value;
}

/* A number, $REGISTER, &SYMBOL, or @LINE+OFFSET: the time before that line. */
static uint64_t number(const char *word)
{
    if (word[0] == '&')
        return (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, word + 1);
    if (word[0] == '$')
        return *register_find(word + 1);
    if (word[0] != '@')
        return word[0] == '-' ? (uint64_t)strtoll(word, NULL, 0) : strtoull(word, NULL, 0);
    char *rest;
    size_t line = strtoul(word + 1, &rest, 10);
    return notes[line].before + (uint64_t)strtoll(rest, NULL, 10);
}

/* - is NULL; % and two hex digits is a byte. */
static const char *text(const char *word)
{
    if (strcmp(word, "-") == 0)
        return NULL;
    char *to = scratch_take(strlen(word) + 1), *at = to;
    for (; *word != '\0'; word++) {
        char digits[3] = {0};
        if (*word == '%') {
            memcpy(digits, word + 1, 2);
            word += 2;
            *at++ = (char)strtoul(digits, NULL, 16);
        } else {
            *at++ = *word;
        }
    }
    *at = '\0';
    return to;
}

static __itt_domain *domain(const char *word)
{
    return strcmp(word, "-") == 0 ? NULL : __itt_domain_create(text(word));
}

static __itt_string_handle *handle(const char *word)
{
    return strcmp(word, "-") == 0 ? NULL : __itt_string_handle_create(text(word));
}

static __itt_id identity(const char *word)
{
    __itt_id id = {0, 0, 0};
    char *rest;
    id.d1 = strtoull(word, &rest, 10);
    if (*rest == '.')
        id.d2 = strtoull(rest + 1, &rest, 10);
    if (*rest == '.')
        id.d3 = strtoull(rest + 1, &rest, 10);
    return id;
}

static __itt_id *identity_at(const char *word)
{
    if (strcmp(word, "-") == 0)
        return NULL;
    __itt_id *to = scratch_take(sizeof *to);
    *to = identity(word);
    return to;
}

/* TYPE:VALUE,VALUE ... in memory; without a colon an address, - is NULL. */
static void *data(const char *word)
{
    const char *colon = strchr(word, ':');
    if (colon == NULL)
        return strcmp(word, "-") == 0 ? NULL : (void *)(uintptr_t)number(word);
    size_t size = word[0] == 'd' ? 8 : word[0] == 'f' ? 4 : (size_t)atoi(word + 1) / 8, count = 1;
    for (const char *c = colon; *c != '\0'; c++)
        count += *c == ',';
    char *to = scratch_take(size * count), *at = to;
    for (const char *c = colon; c != NULL && c[1] != '\0'; c = strchr(c + 1, ','), at += size) {
        double real = strtod(c + 1, NULL);
        float narrow = (float)real;
        uint64_t whole = number(c + 1); /* little endian: its low bytes come first */
        memcpy(at, word[0] == 'd' ? (void *)&real : word[0] == 'f' ? (void *)&narrow : (void *)&whole, size);
    }
    return to;
}

/* KIND=VALUE,KIND=VALUE: texts for the kinds that end in A, else numbers by pointer. */
static __itt_context_metadata *context(const char *word)
{
    __itt_context_metadata *to = scratch_take(8 * sizeof *to);
    for (int i = 0; i < 8 && word != NULL; i++) {
        char value[256] = "";
        sscanf(strchr(word, '=') + 1, "%255[^,]", value);
        to[i].type = (__itt_context_type)atoi(word);
        if (to[i].type <= __itt_context_pci_addrW) {
            to[i].value = strcpy(scratch_take(sizeof value), text(value));
        } else {
            to[i].value = scratch_take(sizeof(uint64_t));
            *(uint64_t *)to[i].value = number(value);
        }
        word = strchr(word, ',');
        word = word == NULL ? NULL : word + 1;
    }
    return to;
}

static __itt_section_info section = {"text", itt_section_type_text, __itt_section_exec, NULL, 64, 65};
static __itt_module_object module = {1, {1, 2, 3}, __itt_module_type_elf, "module", NULL, 0, &section, 1};

static void clock_read(__itt_clock_info *info, void *fn_data)
{
    info->clock_freq = ((unsigned long long *)fn_data)[0];
    info->clock_base = ((unsigned long long *)fn_data)[1];
}

/* Calls are so far from each other that their times tell them apart, though the threads' clocks differ by a little. */
static bool at_once;
static uint64_t last_call; /* in order */

static void begin_call(void)
{
    while (!at_once && now() < last_call + 10000)
        continue;
    note->before = now();
}

static void end_call(void)
{
    note->after = now();
    if (!at_once)
        last_call = note->after;
}

#define CALL(call) (begin_call(), (void)(call), end_call())
#define GET(call)  (begin_call(), note->result = (uint64_t)(call), end_call())

#include "driver_calls.h"

/* ---- Threads. ---- */

static struct worker {
    pthread_t thread;
    bool lives;
    sem_t go, done;
} workers[THREADS];

static size_t current; /* the line to run */

static size_t run_on(size_t at);

/* The child runs the lines up to "join", all on this thread; the parent waits for it. */
static void run_fork(size_t at)
{
    pid_t child = fork();
    if (child == 0) {
        for (at++; strcmp(lines[at].words[0], "join") != 0; at++)
            run_on(at);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static size_t run_on(size_t at)
{
    struct line *line = &lines[at];
    const char *call = line->words[0];
    note = &notes[at];
    note->pid = getpid();
    note->tid = (int)syscall(SYS_gettid);
    if (strcmp(call, "fork") == 0) {
        run_fork(at);
    } else if (strcmp(call, "sleep") == 0) {
        CALL(usleep((useconds_t)number(line->words[1])));
    } else if (strcmp(call, "bound") == 0) {
        GET(is_bound(line->words[1]));
    } else {
        void (*function)(char **) = find_call(call);
        if (function == NULL) {
            fprintf(stderr, "driver: no call %s\n", call);
            exit(2);
        }
        function(line->words + 1);
        if (strcmp(call, "clock_domain_create") == 0)
            scratch_kept = scratch_used; /* its data is asked for later */
    }
    if (line->result != NULL)
        *register_find(line->result) = note->result;
    scratch_spoil();
    return at;
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    for (;;) {
        sem_wait(&worker->go);
        if (strcmp(lines[current].words[0], "exit") == 0)
            return NULL;
        run_on(current);
        sem_post(&worker->done);
    }
}

static void hand_over(size_t at)
{
    struct worker *worker = &workers[lines[at].thread];
    bool ends = strcmp(lines[at].words[0], "exit") == 0;
    if (lines[at].thread == 0) {
        run_on(at);
        return;
    }
    if (!worker->lives) {
        sem_init(&worker->go, 0, 0);
        sem_init(&worker->done, 0, 0);
        pthread_create(&worker->thread, NULL, work, worker);
        worker->lives = true;
    }
    current = at;
    sem_post(&worker->go);
    if (ends) {
        pthread_join(worker->thread, NULL);
        worker->lives = false;
        return;
    }
    sem_wait(&worker->done);
}

/* All lines of one thread. */
static void *work_alone(void *arg)
{
    for (size_t at = 0; at < line_count; at++) {
        if (lines[at].thread == (int)(intptr_t)arg)
            run_on(at);
    }
    return NULL;
}

static void run_at_once(void)
{
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work_alone, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void run_in_order(void)
{
    for (size_t at = 0; at < line_count; at++) {
        hand_over(at);
        if (strcmp(lines[at].words[0], "fork") == 0) {
            while (strcmp(lines[at].words[0], "join") != 0)
                at++;
        }
    }
}

static void read_script(void)
{
    char *input = NULL;
    size_t size = 0;
    while (getline(&input, &size, stdin) > 0) {
        input[strcspn(input, "\n")] = '\0';
        lines = realloc(lines, (line_count + 1) * sizeof *lines);
        struct line *line = &lines[line_count++];
        memset(line, 0, sizeof *line);
        char *rest = strdup(input);
        line->thread = atoi(strsep(&rest, "\t"));
        line->result = strsep(&rest, "\t");
        if (line->result[0] == '\0')
            line->result = NULL;
        for (int i = 0; i < WORDS && rest != NULL; i++)
            line->words[i] = strsep(&rest, "\t");
    }
    free(input);
}

int main(int argc, char **argv)
{
    at_once = argc > 1 && strcmp(argv[1], "at-once") == 0;
    read_script();
    notes = mmap(NULL, (line_count + 1) * sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                 -1, 0);
    if (at_once)
        run_at_once();
    else
        run_in_order();
    for (size_t at = 0; at < line_count; at++)
        printf("%d %d %llu %llu %llu\n", notes[at].pid, notes[at].tid, (unsigned long long)notes[at].before,
               (unsigned long long)notes[at].after, (unsigned long long)notes[at].result);
    fflush(stdout);
    _exit(0); /* threads that still run have nothing to do */
}
