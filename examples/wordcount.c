/*
 * Counts the words in the C headers of the system, on four threads, in labelled phases.
 *
 *   cc $(itt config --cflags) -O2 examples/wordcount.c $(itt config --libs) -o wordcount
 *   itt record ./wordcount
 *   itt report wordcount.*.pftrace
 *
 * With `make install` instead: cc $(pkg-config --cflags ittnotify) ... $(pkg-config --libs ittnotify).
 * Another folder than /usr/include: ./wordcount FOLDER.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ittnotify.h>

enum { WORKERS = 4, BUCKETS = 1 << 16, LONGEST = 64, FILES = 5000 };

struct word {
    struct word *next;
    unsigned long count;
    char text[];
};

struct counts {
    struct word *buckets[BUCKETS];
    size_t words, different;
};

struct worker {
    pthread_t thread;
    int number;
    struct counts counts;
};

static char *files[FILES];
static int file_count;

static __itt_domain *phases, *work;
static __itt_string_handle *task_find, *task_count, *task_merge, *task_file, *task_read, *task_split;

static int file_found(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)walk;
    size_t length = strlen(path);
    if (kind == FTW_F && length > 2 && strcmp(path + length - 2, ".h") == 0 && file_count < FILES)
        files[file_count++] = strdup(path);
    return 0;
}

static struct word *word_at(struct counts *counts, const char *text, size_t length)
{
    unsigned hash = 5381;
    for (size_t i = 0; i < length; i++)
        hash = hash * 33 + (unsigned char)text[i];
    struct word **place = &counts->buckets[hash % BUCKETS];
    while (*place && (strncmp((*place)->text, text, length) != 0 || (*place)->text[length]))
        place = &(*place)->next;
    if (!*place) {
        *place = calloc(1, sizeof **place + length + 1);
        if (!*place)
            abort();
        memcpy((*place)->text, text, length);
        counts->different++;
    }
    return *place;
}

static void text_count(struct counts *counts, const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t start = at;
        while (at < size && at - start < LONGEST && (isalpha((unsigned char)text[at]) || text[at] == '_'))
            at++;
        if (at - start > 2) {
            word_at(counts, text + start, at - start)->count++;
            counts->words++;
        }
        if (at == start)
            at++;
    }
}

static char *file_read(const char *path, size_t *size)
{
    *size = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        rewind(file);
        if (end > 0 && (text = malloc((size_t)end)))
            *size = fread(text, 1, (size_t)end, file);
    }
    fclose(file);
    return text;
}

static void *worker_run(void *argument)
{
    struct worker *self = argument;
    char name[16];
    snprintf(name, sizeof name, "counter %d", self->number);
    __itt_thread_set_name(name);
    for (int i = self->number; i < file_count; i += WORKERS) {
        size_t size;
        __itt_task_begin(work, __itt_null, __itt_null, task_file);
        __itt_task_begin(work, __itt_null, __itt_null, task_read);
        char *text = file_read(files[i], &size);
        __itt_task_end(work);
        __itt_task_begin(work, __itt_null, __itt_null, task_split);
        text_count(&self->counts, text, size);
        __itt_task_end(work);
        free(text);
        __itt_task_end(work);
    }
    return NULL;
}

static int word_compare(const void *a, const void *b)
{
    const struct word *const *x = a, *const *y = b;
    return (*x)->count<(*y)->count ? 1 : (*x)->count>(*y)->count ? -1 : strcmp((*x)->text, (*y)->text);
}

static void counts_add(struct counts *to, const struct counts *from)
{
    for (int b = 0; b < BUCKETS; b++)
        for (struct word *word = from->buckets[b]; word; word = word->next)
            word_at(to, word->text, strlen(word->text))->count += word->count;
    to->words += from->words;
}

static struct word **counts_sorted(const struct counts *counts)
{
    struct word **sorted = malloc((counts->different + 1) * sizeof *sorted);
    size_t n = 0;
    if (!sorted)
        abort();
    for (int b = 0; b < BUCKETS; b++)
        for (struct word *word = counts->buckets[b]; word; word = word->next)
            sorted[n++] = word;
    qsort(sorted, n, sizeof *sorted, word_compare);
    return sorted;
}

static void labels_create(void)
{
    phases = __itt_domain_create("wordcount");
    work = __itt_domain_create("wordcount.worker");
    task_find = __itt_string_handle_create("find files");
    task_count = __itt_string_handle_create("count");
    task_merge = __itt_string_handle_create("merge and sort");
    task_file = __itt_string_handle_create("file");
    task_read = __itt_string_handle_create("read");
    task_split = __itt_string_handle_create("split");
}

int main(int argc, char **argv)
{
    static struct worker workers[WORKERS];

    labels_create();
    __itt_task_begin(phases, __itt_null, __itt_null, task_find);
    nftw(argc > 1 ? argv[1] : "/usr/include", file_found, 32, FTW_PHYS);
    __itt_task_end(phases);

    __itt_task_begin(phases, __itt_null, __itt_null, task_count);
    for (int i = 0; i < WORKERS; i++) {
        workers[i].number = i;
        if (pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]) != 0)
            abort();
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    __itt_task_end(phases);

    __itt_task_begin(phases, __itt_null, __itt_null, task_merge);
    struct counts *all = &workers[0].counts;
    for (int i = 1; i < WORKERS; i++)
        counts_add(all, &workers[i].counts);
    struct word **sorted = counts_sorted(all);
    __itt_task_end(phases);

    printf("%d files, %zu words, %zu of them different; the most frequent:\n", file_count, all->words,
           all->different);
    for (size_t i = 0; i < all->different && i < 8; i++)
        printf("  %8lu %s\n", sorted[i]->count, sorted[i]->text);
    return 0;
}
