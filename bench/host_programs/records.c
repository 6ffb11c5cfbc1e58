/* A parser of records in JSON. All but its outermost loop is the same code with labels and without. */
#include "records.h"

#include <ittnotify.h>

#include <stdlib.h>
#include <string.h>

static void value(struct parser *p, int depth);

static void space(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t')
        p->at++;
}

static uint32_t hash(const char *text, size_t length)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

static size_t string(struct parser *p)
{
    size_t length = 0;
    for (p->at++; *p->at != '"'; p->at++) {
        char c = *p->at;
        if (c == '\\') {
            c = *++p->at;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        if (length < sizeof p->text)
            p->text[length++] = c;
    }
    p->at++;
    return length;
}

static void number(struct parser *p)
{
    double whole = 0, scale = 1;
    int negative = *p->at == '-';
    p->at += negative;
    for (; *p->at >= '0' && *p->at <= '9'; p->at++)
        whole = whole * 10 + (*p->at - '0');
    if (*p->at == '.') {
        for (p->at++; *p->at >= '0' && *p->at <= '9'; p->at++) {
            scale /= 10;
            whole += scale * (*p->at - '0');
        }
    }
    p->sum += negative ? -whole : whole;
    p->numbers++;
}

static void object(struct parser *p, int depth)
{
    p->at++;
    for (space(p); *p->at != '}'; space(p)) {
        uint32_t slot = hash(p->text, string(p)) % RECORDS_KEYS;
        p->keys[slot]++;
        space(p);
        p->at++; /* : */
        value(p, depth + 1);
        space(p);
        p->at += *p->at == ',';
    }
    p->at++;
}

static void array(struct parser *p, int depth)
{
    p->at++;
    for (space(p); *p->at != ']'; space(p)) {
        value(p, depth + 1);
        space(p);
        p->at += *p->at == ',';
    }
    p->at++;
}

static void value(struct parser *p, int depth)
{
    space(p);
    p->deepest = depth > p->deepest ? depth : p->deepest;
    switch (*p->at) {
    case '{':
        object(p, depth);
        break;
    case '[':
        array(p, depth);
        break;
    case '"':
        p->texts += hash(p->text, string(p)) & 0xff;
        break;
    case 't':
    case 'n':
        p->at += 4;
        break;
    case 'f':
        p->at += 5;
        break;
    default:
        number(p);
    }
}

static __attribute__((noinline)) void record(struct parser *p)
{
    value(p, 0);
    space(p);
}

long records_parse_plain(struct parser *p)
{
    long records = 0;
    for (; *p->at != '\0'; records++)
        record(p);
    return records;
}

long records_parse_labelled(struct parser *p)
{
    static __itt_domain *domain;
    static __itt_string_handle *name;
    long records = 0;
    if (domain == NULL) {
        domain = __itt_domain_create("parser");
        name = __itt_string_handle_create("record");
    }
    for (; *p->at != '\0'; records++) {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        record(p);
        __itt_task_end(domain);
    }
    return records;
}
