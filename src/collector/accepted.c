#define _GNU_SOURCE
#include "accepted.h"
#include "client.h"
#include "join.h"
#include <string.h>

/*
 * What becomes of the 156 functions: what api.c binds is shown, or serves what is shown; what is named here is accepted. (What is not
 * wanted stays unbound, so that clients skip the call: group.c.)
 */
static const char *const names[] = {
    "av_save",   "enable_attach", "heap_",         "memory_read",   "memory_update", "memory_write",
    "model_",    "module_load",   "module_unload", "obj_mode_set",  "state_get",     "state_set",
    "suppress_", "thr_ignore",    "thr_mode_set",  "thread_ignore",
};

static void add_one(void)
{
    atomic_fetch_add_explicit(&join_now()->head->accepted, 1, memory_order_relaxed);
}

/* One for each function of the interface; those that nobody takes are small. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define ITT_VOID(name, parameters, arguments, groups, symbol)                                                \
    static void accept_##name parameters                                                                     \
    {                                                                                                        \
        add_one();                                                                                           \
    }
#define ITT_DATA(name, type, parameters, arguments, groups, symbol)                                          \
    static type accept_##name parameters                                                                     \
    {                                                                                                        \
        add_one();                                                                                           \
        return (type)0;                                                                                      \
    }
#define ITT_VA(name, parameters, groups, symbol)
#include "ittnotify_functions.h"
#pragma GCC diagnostic pop

static const struct {
    const char *name;
    void (*function)(void);
} functions[] = {
#define ITT_VOID(name, parameters, arguments, groups, symbol)       {#name, (void (*)(void))accept_##name},
#define ITT_DATA(name, type, parameters, arguments, groups, symbol) {#name, (void (*)(void))accept_##name},
#define ITT_VA(name, parameters, groups, symbol)
#include "ittnotify_functions.h"
};

/* Each name stands for all that begin so. */
static int is_accepted(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return 1;
    }
    return 0;
}

void (*accepted_find(const char *name))(void)
{
    if (strncmp(name, "__itt_", 6) != 0 || !is_accepted(name + 6))
        return NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name + 6) == 0)
            return functions[i].function;
    }
    return NULL;
}
