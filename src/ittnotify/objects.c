#include "objects.h"
#include "lock.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Longer lists would cost too much to search: a program that makes more names gets NULL for them. */
#define LIST_LIMIT 4096u

/*
 * A find goes along its list and appends a node where the name is not there. The node is complete before the list
 * shows it, so that a fork or a signal handler in between sees a good list. Its texts lie behind it.
 */
#define APPEND(link, node) __atomic_store_n(link, node, __ATOMIC_RELEASE)

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void *node_make(unsigned length, size_t size, size_t text)
{
    return length < LIST_LIMIT ? calloc(1, size + text) : NULL;
}

static __itt_domain *domain_find(const char *name)
{
    const size_t size = strlen(name) + 1;
    __itt_domain **link = &itt_part.domain_list;
    __itt_domain *node;
    unsigned length = 0;

    for (; *link; link = &(*link)->next, length++)
        if (same((*link)->nameA, name))
            return *link;
    node = node_make(length, sizeof *node, size);
    if (!node)
        return NULL;
    node->nameA = memcpy(node + 1, name, size);
    node->flags = itt_part.state == __itt_collection_init_successful;
    APPEND(link, node);
    return node;
}

static __itt_string_handle *string_find(const char *name)
{
    const size_t size = strlen(name) + 1;
    __itt_string_handle **link = &itt_part.string_list;
    __itt_string_handle *node;
    unsigned length = 0;

    for (; *link; link = &(*link)->next, length++)
        if (same((*link)->strA, name))
            return *link;
    node = node_make(length, sizeof *node, size);
    if (!node)
        return NULL;
    node->strA = memcpy(node + 1, name, size);
    APPEND(link, node);
    return node;
}

static __itt_counter_info_t *counter_find(const char *name, const char *domain, __itt_metadata_type type)
{
    const size_t size = strlen(name) + 1;
    const size_t domain_size = domain ? strlen(domain) + 1 : 0;
    __itt_counter_info_t **link = &itt_part.counter_list;
    __itt_counter_info_t *node;
    unsigned length = 0;

    for (; *link; link = &(*link)->next, length++)
        if (same((*link)->nameA, name) && same((*link)->domainA, domain) && (*link)->type == (int)type)
            return *link;
    node = node_make(length, sizeof *node, size + domain_size);
    if (!node)
        return NULL;
    node->nameA = memcpy(node + 1, name, size);
    if (domain)
        node->domainA = memcpy((char *)(node + 1) + size, domain, domain_size);
    node->type = (int)type;
    node->index = (long)length;
    APPEND(link, node);
    return node;
}

static __itt_histogram *histogram_find(const __itt_domain *domain, const char *name,
                                       __itt_metadata_type x_type, __itt_metadata_type y_type)
{
    const size_t size = strlen(name) + 1;
    __itt_histogram **link = &itt_part.histogram_list;
    __itt_histogram *node;
    unsigned length = 0;

    for (; *link; link = &(*link)->next, length++)
        if ((*link)->domain == domain && same((*link)->nameA, name))
            return *link;
    node = node_make(length, sizeof *node, size);
    if (!node)
        return NULL;
    node->domain = domain;
    node->nameA = memcpy(node + 1, name, size);
    node->x_type = x_type;
    node->y_type = y_type;
    APPEND(link, node);
    return node;
}

/* The makers: as the functions of the interface that they stand in for. */

static __itt_domain *domain_make(const char *name)
{
    __itt_domain *made = NULL;

    if (name && itt_part_lock()) {
        made = domain_find(name);
        itt_part_unlock();
    }
    return made;
}

static __itt_string_handle *string_make(const char *name)
{
    __itt_string_handle *made = NULL;

    if (name && itt_part_lock()) {
        made = string_find(name);
        itt_part_unlock();
    }
    return made;
}

static __itt_counter counter_make_typed(const char *name, const char *domain, __itt_metadata_type type)
{
    __itt_counter_info_t *made = NULL;

    if (name && itt_part_lock()) {
        made = counter_find(name, domain, type);
        itt_part_unlock();
    }
    return (__itt_counter)made;
}

static __itt_counter counter_make(const char *name, const char *domain)
{
    return counter_make_typed(name, domain, __itt_metadata_u64);
}

static __itt_counter counter_make_v3(const __itt_domain *domain, const char *name, __itt_metadata_type type)
{
    return domain ? counter_make_typed(name, domain->nameA, type) : NULL;
}

static __itt_histogram *histogram_make(const __itt_domain *domain, const char *name,
                                       __itt_metadata_type x_type, __itt_metadata_type y_type)
{
    __itt_histogram *made = NULL;

    if (domain && name && itt_part_lock()) {
        made = histogram_find(domain, name, x_type, y_type);
        itt_part_unlock();
    }
    return made;
}

void itt_part_makers_install(void)
{
    const struct {
        const char *name;
        void *maker;
    } makers[] = {
        {"__itt_domain_create", (void *)(uintptr_t)domain_make},
        {"__itt_string_handle_create", (void *)(uintptr_t)string_make},
        {"__itt_counter_create", (void *)(uintptr_t)counter_make},
        {"__itt_counter_create_typed", (void *)(uintptr_t)counter_make_typed},
        {"__itt_counter_create_v3", (void *)(uintptr_t)counter_make_v3},
        {"__itt_histogram_create", (void *)(uintptr_t)histogram_make},
    };

    for (__itt_api_info *entry = itt_part.api_list_ptr; entry->name; entry++)
        for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
            if (strcmp(entry->name, makers[i].name) == 0)
                entry->null_func = makers[i].maker;
}

void *itt_part_unbound(const __itt_api_info *entry)
{
    return entry->null_func == (void *)(uintptr_t)domain_make ? entry->null_func : NULL;
}

void itt_part_domains_switch(int flags)
{
    for (__itt_domain *domain = itt_part.domain_list; domain; domain = domain->next)
        __atomic_store_n(&domain->flags, flags, __ATOMIC_RELEASE);
}

void itt_part_objects_free(void)
{
    while (itt_part.domain_list) {
        __itt_domain *node = itt_part.domain_list;
        itt_part.domain_list = node->next;
        free(node);
    }
    while (itt_part.string_list) {
        __itt_string_handle *node = itt_part.string_list;
        itt_part.string_list = node->next;
        free(node);
    }
    while (itt_part.counter_list) {
        __itt_counter_info_t *node = itt_part.counter_list;
        itt_part.counter_list = node->next;
        free(node);
    }
    while (itt_part.histogram_list) {
        __itt_histogram *node = itt_part.histogram_list;
        itt_part.histogram_list = node->next;
        free(node);
    }
}
