#define _GNU_SOURCE
#include "segment.h"
#include "begins.h"
#include "event.h"
#include "join.h"
#include "lane.h"
#include "name.h"
#include "process.h"
#include "region.h"
#include "slot.h"
#include "wire.h"
#include <string.h>
#include <sys/prctl.h>

#define OPEN_ENTRY_MAX 40u  /* bytes of one open task at the head, texts left out */
#define OPEN_TEXT_MAX  256u /* of a text that has no iid */
#define HEAD_FIXED     (600u + WRITER_THREAD_NAME)
#define LIST_ALL       UINT32_MAX
#define LIST_PRESENT   (UINT32_MAX - 1) /* those whose begins the slot will have */
#define LIST_MOST      2048u
#define SHORTEST_END   12u /* bytes */

static _Atomic uint32_t segments; /* begun in this process, and those that it was forked from; relaxed */

/* What the head of one segment says, decided before a byte is written. */
struct head {
    size_t size;        /* upper bound */
    uint32_t most_ends; /* of one domain, that the segment may hold: as many as it lists */
    bool command;
};

uint32_t segment_domain_number(uint32_t key)
{
    uint32_t number = key & KEY_NUMBER;
    if (number >= KEY_PT_REGION)
        return WRITER_NUMBERS - 8 + (number - KEY_PT_REGION);
    return number < WRITER_NUMBERS - 8 ? number : WRITER_NUMBERS - 9;
}

uint64_t segment_track(const struct writer *w, uint32_t key)
{
    uint64_t level = (key & KEY_LEVEL) >> KEY_LEVEL_SHIFT;
    uint64_t domain = key & KEY_APART ? segment_domain_number(key) : 0;
    return w->track | domain << ITT_TRACK_DOMAIN_SHIFT | level;
}

uint32_t segment_domain_iid(uint32_t key)
{
    uint32_t number = key & KEY_NUMBER;
    return number >= KEY_PT_REGION ? region_category() : number;
}

static void forget(struct writer *w)
{
    if (w->segment == 0 && w->depth == 0)
        return; /* a new thread: its memory need not be touched */
    memset(w->name_forms, 0, sizeof w->name_forms);
    memset(w->domain_forms, 0, sizeof w->domain_forms);
    size_t words = name_count() / 64 + 1;
    memset(w->names_told.word, 0, words * sizeof(uint64_t));
    memset(w->domains_told.word, 0, words * sizeof(uint64_t));
    w->domains_told.word[NAME_MORE_DOMAINS / 64] = 0;
    w->names_told.word[NAME_MORE_DOMAINS / 64] = 0;
}

static void forget_tracks(struct writer *w)
{
    memset(&w->tracks_told, 0, sizeof w->tracks_told.word[0] * (name_count() / 64 + 1));
    memset(&w->tracks_told.word[WRITER_NUMBERS / 64 - 1], 0, 2 * sizeof w->tracks_told.word[0]);
    memset(w->levels_told, 0, sizeof w->levels_told);
    lane_forget(w);
}

static bool is_collected(const struct open_task *task)
{
    return !(task->key & KEY_UNCOLLECTED);
}

/* What an open task's names add to the head; the told bits serve to count each once. */
static size_t cost_names(struct writer *w, const struct open_task *task)
{
    uint32_t domain = segment_domain_iid(task->key);
    size_t cost = segment_cost_name(w, task->name) + segment_cost_domain(w, task->key);
    if (task->name != 0)
        bits_set(&w->names_told, task->name);
    bits_set(&w->domains_told, domain);
    return cost;
}

/* In a flight recorder one that has gone from the file, if there is one. Those that went last wait: a copy of the file may have both. */
static uint32_t new_sequence(struct writer *w)
{
    if (w->freed_end - w->freed_first < WRITER_FREED)
        return atomic_fetch_add_explicit(&w->head->next_sequence, 1, memory_order_relaxed);
    return w->freed[w->freed_first++ % WRITER_FREED];
}

static bool is_listed(struct writer *w, uint32_t i, uint32_t most)
{
    if (most == LIST_PRESENT)
        return begins_go_on(w, i) || begins_in_slot(w, w->open[i].where);
    return most == LIST_ALL || w->listed[segment_domain_number(w->open[i].key)]++ < most;
}

/* Marks the innermost `most` open tasks of each domain; the bytes that they take, and begins_carry(). */
static size_t mark_listed(struct writer *w, uint32_t most)
{
    size_t size = 0;
    forget(w);
    memset(w->listed, 0, most >= LIST_PRESENT ? 0 : sizeof w->listed);
    for (uint32_t i = w->depth; i-- > 0;) {
        struct open_task *task = &w->open[i];
        task->key &= ~KEY_LISTED;
        if (!is_collected(task))
            continue;
        if (is_listed(w, i, most)) {
            task->key |= KEY_LISTED;
            size += OPEN_ENTRY_MAX + (task->name == 0 ? OPEN_TEXT_MAX : 0);
        }
        size += begins_go_on(w, i) ? begins_cost(w, i) : 0;
        if (task->key & KEY_LISTED || begins_go_on(w, i))
            size += cost_names(w, task);
    }
    forget(w);
    return size;
}

/* Those whose begins the slot will have; fewer go on where that would take more than `enough`. */
static size_t mark_present(struct writer *w, size_t enough)
{
    size_t size = mark_listed(w, LIST_PRESENT);
    while (size > enough && w->going_on > 0) {
        w->going_on /= 4;
        size = mark_listed(w, LIST_PRESENT);
    }
    return size;
}

/*
 * All open tasks are listed as far as half of the slot goes; else as many of each domain as the segment can end, which is then
 * made short. In a flight recorder those are enough whose begins it has: any other one gets a begin when it ends.
 */
static void head_plan(struct writer *w, struct head *head, size_t room)
{
    size_t size = HEAD_FIXED + process_name().length;
    bool told = atomic_load_explicit(&w->process->told, memory_order_relaxed) != 0;
    head->command = (!told || w->join->ring_chunks != 0) && !(w->head->wanted & ITT_WANTED_NO_CMDLINE);
    if (head->command)
        size += 2 * process_command().length;
    const size_t half = w->slot_size / 2;
    head->most_ends = LIST_ALL;
    w->going_on = BEGINS_MOST;
    head->size = size + mark_listed(w, LIST_ALL);
    if (head->size > half && w->join->ring_chunks != 0) {
        head->size = size + mark_present(w, half > size ? half - size : 0);
        return;
    }
    for (uint32_t most = LIST_MOST; head->size > half && most > 0; most /= 4) {
        head->most_ends = most;
        /* And what fits the room behind; and one more, the parent of the last one ended. */
        head->size = size + mark_listed(w, most + (uint32_t)(room / SHORTEST_END) + 2);
    }
}

/* The hot path may write tasks of this domain, and of this name: 5A 06 48 01 50 [name] 18 [domain]. */
void segment_set_fast(struct writer *w, uint32_t iid)
{
    if (iid >= WRITER_FAST_IIDS)
        return;
    bool fast = bits_get(&w->domains_told, iid) && !bits_get(&w->apart, iid) && w->custom == 0;
    w->domain_forms[iid] = fast ? 0x001800500148065Aull | (uint64_t)iid << 56 : 0;
}

static void know_domain(struct writer *w, uint32_t iid)
{
    bits_set(&w->domains_told, iid);
    segment_set_fast(w, iid);
}

static void know_name(struct writer *w, uint32_t iid)
{
    if (iid == 0)
        return;
    bits_set(&w->names_told, iid);
    if (iid < WRITER_FAST_IIDS)
        w->name_forms[iid] = (uint64_t)iid << 40;
}

static uint8_t *put_clock(uint8_t *at, uint64_t id, uint64_t time, bool incremental)
{
    uint8_t *clock;
    at = wire_open(at, 1, &clock);
    at = wire_uint(at, 1, id);
    at = wire_uint(at, 2, time);
    if (incremental) {
        at = wire_uint(at, 3, 1);
        at = wire_uint(at, 4, 1);
    }
    return wire_close(at, clock);
}

static uint8_t *put_clocks(struct writer *w, uint8_t *at)
{
    uint8_t *snapshot;
    at = wire_open(at, 6, &snapshot);
    at = put_clock(at, ITT_CLOCK_SEQUENCE, w->last, true);
    at = put_clock(at, ITT_CLOCK_BOOTTIME, w->last + w->boot_offset, false);
    at = put_clock(at, ITT_CLOCK_MONOTONIC, w->last, false);
    at = put_clock(at, ITT_CLOCK_REALTIME, w->last + clock_offset(CLOCK_REALTIME), false);
    return wire_close(at, snapshot);
}

static uint8_t *put_defaults(struct writer *w, uint8_t *at)
{
    uint8_t *defaults, *event;
    at = wire_open(at, 59, &defaults);
    at = wire_uint(at, 58, ITT_CLOCK_SEQUENCE);
    at = wire_open(at, 11, &event);
    at = wire_uint(at, 11, w->track);
    at = wire_close(at, event);
    return wire_close(at, defaults);
}

static uint8_t *put_open_task(struct writer *w, uint8_t *at, const struct open_task *task)
{
    uint8_t *open;
    at = wire_open(at, 4, &open);
    at = wire_uint(at, 1, task->begin);
    at = wire_uint(at, 2, task->name);
    at = wire_uint(at, 3, segment_domain_iid(task->key));
    if (task->key & (KEY_APART | KEY_LEVEL))
        at = wire_uint(at, 4, segment_track(w, task->key));
    if (task->name == 0) {
        char text[OPEN_TEXT_MAX - 8];
        at = wire_text(at, 5, text, event_peek_name(w, task->where, text, sizeof text));
    }
    return wire_close(at, open);
}

static uint8_t *put_segment(struct writer *w, uint8_t *at)
{
    uint8_t *segment;
    at = wire_open(at, ITT_FIELD_SEGMENT, &segment);
    at = wire_uint(at, 1, ITT_FORMAT_VERSION);
    at = wire_uint(at, 2, w->process->pid);
    at = wire_uint(at, 3, w->thread_id);
    for (uint32_t i = 0; i < w->depth; i++) {
        if (w->open[i].key & KEY_LISTED)
            at = put_open_task(w, at, &w->open[i]);
    }
    return wire_close(at, segment);
}

/* The command line once more, in the packet from which Perfetto takes it. */
static uint8_t *put_command(struct writer *w, uint8_t *at)
{
    uint8_t *packet, *tree, *process;
    at = wire_open(at, 1, &packet);
    at = wire_uint(at, 10, w->sequence);
    at = wire_uint(at, 8, 0);
    at = wire_open(at, 2, &tree);
    at = wire_open(at, 1, &process);
    at = wire_uint(at, 1, w->process->pid);
    at = wire_text(at, 3, process_command().bytes, process_command().length);
    at = wire_close(at, process);
    at = wire_close(at, tree);
    return wire_close(at, packet);
}

static uint8_t *put_process(struct writer *w, uint8_t *at, bool command)
{
    const struct process *process = w->process;
    struct text name = process_name();
    uint8_t *packet, *track, *descriptor;
    at = wire_open(at, 1, &packet);
    at = wire_uint(at, 10, w->sequence);
    at = wire_open(at, 60, &track);
    at = wire_uint(at, 1, process->track);
    at = wire_open(at, 3, &descriptor);
    at = wire_uint(at, 1, process->pid);
    if (command)
        at = wire_text(at, 2, process_command().bytes, process_command().length);
    if (name.length > 0)
        at = wire_text(at, 6, name.bytes, name.length);
    at = wire_close(at, descriptor);
    at = wire_close(at, track);
    return wire_close(at, packet);
}

static uint8_t *put_thread(struct writer *w, uint8_t *at)
{
    char kernel[64] = "", clean[3 * WRITER_THREAD_NAME];
    uint8_t *packet, *track, *descriptor;
    if (w->thread_name[0] == '\0')
        prctl(PR_GET_NAME, kernel);
    size_t length = name_clean(clean, sizeof clean, w->thread_name[0] != '\0' ? w->thread_name : kernel);
    at = wire_open(at, 1, &packet);
    at = wire_uint(at, 10, w->sequence);
    at = wire_open(at, 60, &track);
    at = wire_uint(at, 1, w->track);
    at = wire_uint(at, 5, w->process->track);
    at = wire_open(at, 4, &descriptor);
    at = wire_uint(at, 1, w->process->pid);
    at = wire_uint(at, 2, w->thread_id);
    if (length > 0)
        at = wire_text(at, 5, clean, length);
    at = wire_close(at, descriptor);
    at = wire_close(at, track);
    return wire_close(at, packet);
}

/* One interned text: `field` of InternedData is 1 for categories, 2 for event names. */
static uint8_t *put_interned(struct writer *w, uint8_t *at, uint32_t field, uint32_t iid)
{
    struct text text = name_text(iid);
    uint8_t *packet, *data, *entry;
    at = wire_open(at, 1, &packet);
    at = wire_uint(at, 10, w->sequence);
    at = wire_open(at, 12, &data);
    at = wire_open(at, field, &entry);
    at = wire_uint(at, 1, iid);
    at = wire_text(at, 2, text.bytes, text.length);
    at = wire_close(at, entry);
    at = wire_close(at, data);
    return wire_close(at, packet);
}

/* The short forms hold a sequence id of two bytes; the first 8 bytes of each, without the time (bytes 3 and 4). */
static void set_forms(struct writer *w)
{
    uint64_t sequence = (w->sequence & 0x7f) | 0x80 | (uint64_t)(w->sequence >> 7) << 8;
    w->begin_form = 0x0A | 14u << 8 | 0x40u << 16 | 0x80ull << 24 | 0x50ull << 40 | sequence << 48;
    w->end_form = 0x0A | 10u << 8 | 0x40u << 16 | 0x80ull << 24 | 0x50ull << 40 | sequence << 48;
}

static uint8_t *put_names_of_listed(struct writer *w, uint8_t *at)
{
    for (uint32_t i = 0; i < w->depth; i++) {
        struct open_task *task = &w->open[i];
        uint32_t domain = segment_domain_iid(task->key);
        if (!(task->key & KEY_LISTED))
            continue;
        if (task->name != 0 && !bits_get(&w->names_told, task->name))
            at = put_interned(w, at, 2, task->name);
        if (!bits_get(&w->domains_told, domain))
            at = put_interned(w, at, 1, domain);
        know_name(w, task->name);
        know_domain(w, domain);
    }
    return at;
}

/* A segment that does not list all open tasks ends before it could end one that it does not know. */
static void set_limit(struct writer *w, const struct head *head, size_t size)
{
    size_t room = (size_t)head->most_ends * SHORTEST_END + size + WIRE_COVER_MIN;
    w->limit = w->end;
    if (head->most_ends != LIST_ALL && room < (size_t)(w->end - w->at))
        w->limit = w->at + room;
    w->fast_end = w->sequence < 1u << 14 && clock_counts_ticks ? w->limit - WIRE_COVER_MIN : NULL;
}

static void take_marks_off(struct writer *w)
{
    for (uint32_t i = 0; i < w->depth; i++)
        w->open[i].key &= ~KEY_LISTED;
}

bool segment_start(struct writer *w, size_t size)
{
    struct head head;
    uint8_t *slot_end = writer_slot(w) + w->slot_size;
    head_plan(w, &head, size);
    if ((size_t)(slot_end - w->rest) < head.size + size + WIRE_COVER_MIN)
        return false;
    if (w->segment != 0)
        forget_tracks(w);
    /*
     * It goes on from the one before: the event that is waiting may be older than now. But not in the same nanosecond, as
     * this one may lie before that in the file, and an end would be read before its begin.
     */
    w->last = w->live ? w->last + 1 : w->clock.base_ns;
    const uint64_t boot_offset = w->boot_offset;
    w->boot_offset = process_boot_offset();
    w->sequence = new_sequence(w);
    w->segment = atomic_fetch_add_explicit(&segments, 1, memory_order_relaxed) + 1;
    const uint32_t before = w->slot_segment;
    if (w->rest == writer_slot(w))
        w->slot_segment = w->segment;
    w->live = true;
    w->at = w->rest;
    w->end = slot_end;
    set_forms(w);

    uint64_t word;
    uint8_t *first = event_open(w, w->at, &word);
    uint8_t *at = wire_uint(put_clocks(w, first), 13, 1);
    at = put_segment(w, put_defaults(w, at));
    word = event_close(w->at, at, word);
    at = put_thread(w, put_process(w, at, head.command));
    if (head.command)
        at = put_command(w, at);
    at = put_names_of_listed(w, at);
    writer_commit(w, word, at);
    if (w->join->ring_chunks != 0)
        begins_carry(w, size, boot_offset, before);
    take_marks_off(w);
    set_limit(w, &head, size);
    if (head.command)
        atomic_store_explicit(&w->process->told, 1, memory_order_relaxed);
    return true;
}

/* Builds packets ahead of where they go: see writer_put(). */
#define AHEAD 16u

static void put_ahead(struct writer *w, const uint8_t *end)
{
    writer_put(w, w->at + AHEAD, (size_t)(end - w->at - AHEAD));
}

void segment_tell_name(struct writer *w, uint32_t iid)
{
    if (iid == 0 || bits_get(&w->names_told, iid))
        return;
    put_ahead(w, put_interned(w, w->at + AHEAD, 2, iid));
    know_name(w, iid);
}

void segment_tell_domain(struct writer *w, uint32_t key)
{
    uint32_t iid = segment_domain_iid(key);
    if (bits_get(&w->domains_told, iid))
        return;
    put_ahead(w, put_interned(w, w->at + AHEAD, 1, iid));
    know_domain(w, iid);
}

void segment_tell_thread(struct writer *w)
{
    put_ahead(w, put_thread(w, w->at + AHEAD));
}

/* Only the domain's first level has a bit: deeper ones are told again each time. */
static bool track_told(struct writer *w, uint32_t key, bool tell)
{
    uint32_t level = (key & KEY_LEVEL) >> KEY_LEVEL_SHIFT, number = segment_domain_number(key);
    if (!(key & KEY_APART)) {
        bool told = level == 0 || (w->levels_told[level / 32] >> level % 32 & 1);
        w->levels_told[level / 32] |= (uint32_t)tell << level % 32;
        return told;
    }
    bool told = level == 0 && bits_get(&w->tracks_told, number);
    if (tell && level == 0)
        bits_set(&w->tracks_told, number);
    return told;
}

void segment_tell_track(struct writer *w, uint32_t key)
{
    uint32_t level = (key & KEY_LEVEL) >> KEY_LEVEL_SHIFT;
    uint8_t *packet, *track;
    if (track_told(w, key, true))
        return;
    struct text name =
        key & KEY_APART ? name_text(segment_domain_iid(key)) : (struct text){"deeper tasks", 12};
    uint8_t *at = wire_open(w->at + AHEAD, 1, &packet);
    at = wire_uint(at, 10, w->sequence);
    at = wire_open(at, 60, &track);
    at = wire_uint(at, 1, segment_track(w, key));
    at = wire_uint(at, 5, w->track);
    at = wire_text(at, 2, name.bytes, name.length);
    if (level > 0)
        at = wire_uint(at, 12, level);
    at = wire_close(at, track);
    put_ahead(w, wire_close(at, packet));
}

static size_t cost_text(uint32_t iid)
{
    return AHEAD + 40 + name_text(iid).length;
}

size_t segment_cost_name(const struct writer *w, uint32_t iid)
{
    return iid == 0 || bits_get(&w->names_told, iid) ? 0 : cost_text(iid);
}

size_t segment_cost_domain(const struct writer *w, uint32_t key)
{
    uint32_t iid = segment_domain_iid(key);
    return bits_get(&w->domains_told, iid) ? 0 : cost_text(iid);
}

size_t segment_cost_track(struct writer *w, uint32_t key)
{
    return track_told(w, key, false)
               ? 0
               : AHEAD + 60 + (key & KEY_APART ? name_text(segment_domain_iid(key)).length : 12);
}
