#define _GNU_SOURCE
#include "relation.h"
#include "flow.h"
#include "guard.h"
#include "instant.h"
#include "stamp.h"
#include "thread.h"

static struct text relation_name(__itt_relation relation)
{
    static const struct text names[] = {[__itt_relation_is_unknown] = {"unknown", 7},
                                        [__itt_relation_is_dependent_on] = {"dependent_on", 12},
                                        [__itt_relation_is_sibling_of] = {"sibling_of", 10},
                                        [__itt_relation_is_parent_of] = {"parent_of", 9},
                                        [__itt_relation_is_continuation_of] = {"continuation_of", 15},
                                        [__itt_relation_is_child_of] = {"child_of", 8},
                                        [__itt_relation_is_continued_by] = {"continued_by", 12},
                                        [__itt_relation_is_predecessor_to] = {"predecessor_to", 14}};
    return names[(unsigned)relation < sizeof names / sizeof *names ? (unsigned)relation : 0];
}

/* An instant to which an arrow leads from the head, and one to which an arrow leads from the tail: it is one arrow to an event. */
static void relate(const __itt_domain *domain, __itt_id head, __itt_relation relation, __itt_id tail,
                   const uint64_t *time)
{
    char ids[2][INSTANT_ID];
    struct annotation annotations[2];
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    struct event event = {.type = EVENT_INSTANT,
                          .category = name_of_domain(domain),
                          .name_text = relation_name(relation),
                          .kind = ITT_KIND_RELATION,
                          .annotations = annotations,
                          .absolute = time != NULL};
    if (time != NULL)
        event.time = *time;
    if (!id_is_null(head))
        annotations[event.annotation_count++] = annotation_text("head", instant_id(head, ids[0]));
    if (!id_is_null(tail))
        annotations[event.annotation_count++] = annotation_text("tail", instant_id(tail, ids[1]));
    if (instant_wanted(w)) {
        event.parent_flow = flow_of(w, id_is_null(head) ? tail : head);
        instant_write(w, &event);
        event.parent_flow = flow_of(w, tail);
        event.kind = ITT_KIND_TASK; /* of one relation, one instant counts */
        if (!id_is_null(head) && !id_is_null(tail))
            instant_write(w, &event);
    }
    thread_leave(w);
    guard_leave(guard);
}

void relation_add(const __itt_domain *domain, __itt_id head, __itt_relation relation, __itt_id tail)
{
    relate(domain, head, relation, tail, NULL);
}

void relation_add_at(const __itt_domain *domain, __itt_clock_domain *clock, unsigned long long timestamp,
                     __itt_id head, __itt_relation relation, __itt_id tail)
{
    const uint64_t time = stamp_time(clock, timestamp);
    relate(domain, head, relation, tail, &time);
}

void relation_add_to_current(const __itt_domain *domain, __itt_relation relation, __itt_id tail)
{
    relate(domain, __itt_null, relation, tail, NULL);
}

void relation_add_to_current_at(const __itt_domain *domain, __itt_clock_domain *clock,
                                unsigned long long timestamp, __itt_relation relation, __itt_id tail)
{
    const uint64_t time = stamp_time(clock, timestamp);
    relate(domain, __itt_null, relation, tail, &time);
}

void relation_group(const __itt_domain *domain, __itt_id id, __itt_id parent, __itt_string_handle *name)
{
    char text[INSTANT_TEXT];
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    struct guard guard = guard_enter();
    struct event event = {.type = EVENT_INSTANT, .category = name_of_domain(domain), .kind = ITT_KIND_GROUP};
    event.name = instant_name(name, text, &event.name_text);
    if (instant_wanted(w)) {
        event.parent_flow = flow_of(w, parent);
        event.flow = flow_new(w, id);
        instant_write(w, &event);
    }
    thread_leave(w);
    guard_leave(guard);
}

void relation_id_create(const __itt_domain *domain, __itt_id id)
{
    (void)domain;
    (void)id;
}

void relation_id_create_at(const __itt_domain *domain, __itt_clock_domain *clock,
                           unsigned long long timestamp, __itt_id id)
{
    (void)domain;
    (void)clock;
    (void)timestamp;
    (void)id;
}

void relation_id_destroy(const __itt_domain *domain, __itt_id id)
{
    struct writer *w = domain == NULL ? NULL : thread_enter();
    if (w == NULL)
        return;
    flow_new(w, id);
    thread_leave(w);
}

void relation_id_destroy_at(const __itt_domain *domain, __itt_clock_domain *clock,
                            unsigned long long timestamp, __itt_id id)
{
    (void)clock;
    (void)timestamp;
    relation_id_destroy(domain, id);
}
