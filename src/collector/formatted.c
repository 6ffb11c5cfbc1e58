#define _GNU_SOURCE
#include "formatted.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* Wider than anybody needs, and narrow enough that snprintf() has no use for malloc(). */
#define WIDTH_MAX     400
#define PRECISION_MAX 100

struct output {
    char *to;
    size_t length, size;
    bool cut;
};

/* One conversion: % flags width .precision length letter. */
struct conversion {
    char flags[8];
    int width;
    int precision; /* -1: none */
    char length;   /* H: hh, q: ll; else the letter, 0: none */
    char letter;
};

static void put(struct output *out, const char *text, size_t length)
{
    size_t room = out->size - out->length;
    out->cut = out->cut || length > room;
    if (length > room)
        length = room;
    memcpy(out->to + out->length, text, length);
    out->length += length;
}

static void pad(struct output *out, int count)
{
    while (count-- > 0)
        put(out, " ", 1);
}

static void put_padded(struct output *out, const struct conversion *c, const char *text, size_t length)
{
    bool left = strchr(c->flags, '-') != NULL;
    int blanks = length < (size_t)c->width ? c->width - (int)length : 0;
    pad(out, left ? 0 : blanks);
    put(out, text, length);
    pad(out, left ? blanks : 0);
}

static int number(const char **at)
{
    int value = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        value = value < 100000 ? value * 10 + (**at - '0') : value;
    return value;
}

/* Parses what lies behind the %. NULL: it is no conversion. */
static const char *parse(const char *at, struct conversion *c, va_list *arguments)
{
    size_t n = 0;
    *c = (struct conversion){.precision = -1};
    for (; *at != '\0' && strchr("-+ #0'", *at) != NULL; at++) {
        if (n < sizeof c->flags - 2 && strchr(c->flags, *at) == NULL)
            c->flags[n++] = *at;
    }
    if (*at == '*') {
        c->width = va_arg(*arguments, int);
        at++;
    } else {
        c->width = number(&at);
    }
    if (c->width < 0) {
        c->width = c->width < -100000 ? 100000 : -c->width;
        if (strchr(c->flags, '-') == NULL)
            c->flags[n++] = '-';
    }
    if (*at == '.') {
        at++;
        if (*at == '*') {
            c->precision = va_arg(*arguments, int);
            at++;
        } else {
            c->precision = number(&at);
        }
        if (c->precision < 0)
            c->precision = -1;
    }
    if (*at != '\0' && strchr("hlqjztL", *at) != NULL) {
        c->length = *at++;
        if (*at == c->length && (*at == 'h' || *at == 'l')) {
            c->length = *at == 'h' ? 'H' : 'q';
            at++;
        }
    }
    c->letter = *at;
    if (c->letter == 'C' || c->letter == 'S') {
        c->length = 'l';
        c->letter = c->letter == 'C' ? 'c' : 's';
    }
    return c->letter != '\0' && strchr("diouxXeEfFgGaAcspnm%", c->letter) != NULL ? at + 1 : NULL;
}

static intmax_t signed_argument(const struct conversion *c, va_list *arguments)
{
    switch (c->length) {
    case 'H':
        return (signed char)va_arg(*arguments, int);
    case 'h':
        return (short)va_arg(*arguments, int);
    case 'l':
        return va_arg(*arguments, long);
    case 'q':
    case 'L':
        return va_arg(*arguments, long long);
    case 'j':
        return va_arg(*arguments, intmax_t);
    case 'z':
    case 't':
        return va_arg(*arguments, ptrdiff_t);
    default:
        return va_arg(*arguments, int);
    }
}

static uintmax_t unsigned_argument(const struct conversion *c, va_list *arguments)
{
    uintmax_t value = (uintmax_t)signed_argument(c, arguments);
    switch (c->length) {
    case 'H':
        return (unsigned char)value;
    case 'h':
        return (unsigned short)value;
    case '\0':
        return (unsigned)value;
    default:
        return value;
    }
}

/* A number, by snprintf(). */
static void put_number(struct output *out, const struct conversion *c, va_list *arguments)
{
    char spec[32], text[WIDTH_MAX + PRECISION_MAX + 32];
    char precision[8] = "";
    int width = c->width < WIDTH_MAX ? c->width : WIDTH_MAX, n;
    if (c->precision >= 0)
        snprintf(precision, sizeof precision, ".%d",
                 c->precision < PRECISION_MAX ? c->precision : PRECISION_MAX);
    bool whole = strchr("diouxX", c->letter) != NULL, twice = c->length == 'L';
    snprintf(spec, sizeof spec, "%%%s*%s%s%c", c->flags, precision,
             whole   ? "j"
             : twice ? "L"
                     : "",
             c->letter);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (c->letter == 'd' || c->letter == 'i')
        n = snprintf(text, sizeof text, spec, width, signed_argument(c, arguments));
    else if (whole)
        n = snprintf(text, sizeof text, spec, width, unsigned_argument(c, arguments));
    else if (twice)
        n = snprintf(text, sizeof text, spec, width, va_arg(*arguments, long double));
    else
        n = snprintf(text, sizeof text, spec, width, va_arg(*arguments, double));
#pragma GCC diagnostic pop
    if (n > 0)
        put(out, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static size_t encode(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; --i > 0; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((0xf00u >> n & 0xf0) | c);
    return n;
}

static void put_wide(struct output *out, const struct conversion *c, const wchar_t *text)
{
    char bytes[4];
    size_t length = 0, most = c->precision < 0 ? SIZE_MAX : (size_t)c->precision, n;
    bool left = strchr(c->flags, '-') != NULL;
    const wchar_t *end = text;
    for (; *end != L'\0' && length + (n = encode(bytes, (uint32_t)*end & 0x1fffff)) <= most; end++)
        length += n;
    int blanks = length < (size_t)c->width ? c->width - (int)length : 0;
    pad(out, left ? 0 : blanks);
    for (; text < end; text++)
        put(out, bytes, encode(bytes, (uint32_t)*text & 0x1fffff));
    pad(out, left ? blanks : 0);
}

static void put_string(struct output *out, const struct conversion *c, va_list *arguments)
{
    const void *text = va_arg(*arguments, const void *);
    if (text == NULL)
        put_padded(out, c, "(null)", 6);
    else if (c->length == 'l')
        put_wide(out, c, text);
    else if (c->precision < 0)
        put_padded(out, c, text, strlen(text));
    else
        put_padded(out, c, text, strnlen(text, (size_t)c->precision));
}

static void put_character(struct output *out, const struct conversion *c, va_list *arguments)
{
    if (c->length == 'l') {
        const wchar_t wide[2] = {(wchar_t)va_arg(*arguments, wint_t), L'\0'};
        put_wide(out, c, wide);
    } else {
        const char byte = (char)va_arg(*arguments, int);
        put_padded(out, c, &byte, 1);
    }
}

static void convert(struct output *out, const struct conversion *c, va_list *arguments, int error)
{
    char text[32];
    switch (c->letter) {
    case 's':
        put_string(out, c, arguments);
        return;
    case 'c':
        put_character(out, c, arguments);
        return;
    case 'p':
        put_padded(out, c, text, (size_t)snprintf(text, sizeof text, "%p", va_arg(*arguments, void *)));
        return;
    case 'n':
        (void)va_arg(*arguments, void *);
        return;
    case 'm':
        put_padded(out, c, text, (size_t)snprintf(text, sizeof text, "errno %d", error));
        return;
    case '%':
        put(out, "%", 1);
        return;
    default:
        put_number(out, c, arguments);
    }
}

size_t formatted_put(char *to, size_t size, const char *format, va_list arguments, int error)
{
    struct output out = {.to = to, .size = size - 3};
    struct conversion c;
    va_list own;
    va_copy(own, arguments);
    while (*format != '\0') {
        const char *percent = strchrnul(format, '%');
        put(&out, format, (size_t)(percent - format));
        format = percent;
        if (*percent == '\0')
            break;
        const char *next = parse(percent + 1, &c, &own);
        if (next == NULL) {
            put(&out, percent, strlen(percent));
            break;
        }
        convert(&out, &c, &own, error);
        format = next;
    }
    va_end(own);
    if (!out.cut)
        return out.length;
    while (out.length > 0 && ((unsigned char)to[out.length - 1] & 0xc0) == 0x80)
        out.length--;
    if (out.length > 0 && (unsigned char)to[out.length - 1] >= 0xc0)
        out.length--; /* a character cut in two, or the last one */
    memcpy(to + out.length, "\xe2\x80\xa6", 3);
    return out.length + 3;
}
