/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted output: d i u x X o c s p %, the flags "-0+ ", width and precision (also *), lengths l ll z h. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sink {
    FILE *file;         /* output goes here ... */
    char *to;           /* ... or here, at most size bytes with the closing 0 */
    size_t size, count; /* count: bytes produced, also those that had no room */
};

struct spec {
    bool left, zero;
    char sign; /* '+' or ' ' before a positive number, or 0 */
    int width, precision;
};

static void put(struct sink *out, const char *s, size_t n) {
    if (out->file) {
        fwrite(s, 1, n, out->file);
    } else if (out->count < out->size) {
        size_t room = out->size - out->count;
        memcpy(out->to + out->count, s, n < room ? n : room);
    }
    out->count += n;
}

static void pad(struct sink *out, char c, int n) {
    for (; n > 0; n--) put(out, &c, 1);
}

static void put_padded(struct sink *out, const struct spec *spec, const char *prefix, const char *s, int n) {
    int zeros = spec->precision > n ? spec->precision - n : 0;
    int fixed = (int)strlen(prefix);
    int blanks = spec->width - fixed - zeros - n;
    if (spec->zero && !spec->left && spec->precision < 0 && blanks > 0) {
        zeros = blanks;
        blanks = 0;
    }
    if (!spec->left) pad(out, ' ', blanks);
    put(out, prefix, (size_t)fixed);
    pad(out, '0', zeros);
    put(out, s, (size_t)n);
    if (spec->left) pad(out, ' ', blanks);
}

static void put_number(struct sink *out, const struct spec *spec, uint64_t value, bool negative, char kind) {
    char digits[24], *p = digits + sizeof digits;
    unsigned base = kind == 'x' || kind == 'X' ? 16 : kind == 'o' ? 8 : 10;
    const char *alphabet = kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    for (uint64_t rest = value; rest || (p == digits + sizeof digits && spec->precision != 0); rest /= base)
        *--p = alphabet[rest % base];
    char prefix[2] = {negative ? '-' : spec->sign, 0};
    put_padded(out, spec, prefix, p, (int)(digits + sizeof digits - p));
}

static const char *parse_spec(const char *f, struct spec *spec, va_list *args) {
    *spec = (struct spec){.precision = -1};
    for (;; f++) {
        if (*f == '-') spec->left = true;
        else if (*f == '0') spec->zero = true;
        else if (*f == '+' || (*f == ' ' && !spec->sign)) spec->sign = *f;
        else if (*f != ' ' && *f != '#') break;
    }
    if (*f == '*') {
        spec->width = va_arg(*args, int);
        if (spec->width < 0) {
            spec->left = true;
            spec->width = -spec->width;
        }
        f++;
    }
    for (; isdigit(*f); f++) spec->width = spec->width * 10 + *f - '0';
    if (*f == '.') {
        spec->precision = 0;
        if (*++f == '*') {
            spec->precision = va_arg(*args, int);
            f++;
        }
        for (; isdigit(*f); f++) spec->precision = spec->precision * 10 + *f - '0';
    }
    return f;
}

static void format(struct sink *out, const char *f, va_list *args) {
    while (*f) {
        const char *plain = f;
        while (*f && *f != '%') f++;
        put(out, plain, (size_t)(f - plain));
        if (!*f) break;
        struct spec spec;
        f = parse_spec(f + 1, &spec, args);
        int longs = 0;
        for (; *f == 'l' || *f == 'z' || *f == 'h'; f++) longs += *f == 'l';
        char kind = *f;
        if (!kind) break;
        f++;
        if (kind == 'd' || kind == 'i') {
            int64_t v = longs >= 2 ? va_arg(*args, int64_t) : va_arg(*args, int);
            put_number(out, &spec, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 'd');
        } else if (kind == 'u' || kind == 'x' || kind == 'X' || kind == 'o') {
            uint64_t v = longs >= 2 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
            spec.sign = 0;
            put_number(out, &spec, v, false, kind);
        } else if (kind == 'p') {
            spec.precision = 8;
            put_number(out, &spec, va_arg(*args, uintptr_t), false, 'x');
        } else if (kind == 's') {
            const char *s = va_arg(*args, const char *);
            if (!s) s = "(null)";
            size_t n = 0;
            while ((spec.precision < 0 || n < (size_t)spec.precision) && s[n]) n++;
            spec.precision = -1;
            spec.zero = false;
            put_padded(out, &spec, "", s, (int)n);
        } else {
            char c = kind == 'c' ? (char)va_arg(*args, int) : kind;
            spec.precision = -1;
            spec.zero = false;
            put_padded(out, &spec, "", &c, 1);
        }
    }
}

int vfprintf(FILE *f, const char *fmt, va_list args) {
    struct sink out = {.file = f};
    va_list copy;
    va_copy(copy, args);
    if (f == stderr) { /* one write per message: gather it first */
        char line[BUFSIZ];
        out = (struct sink){.to = line, .size = sizeof line};
        format(&out, fmt, &copy);
        fwrite(line, 1, out.count < sizeof line ? out.count : sizeof line, f);
    } else {
        format(&out, fmt, &copy);
    }
    va_end(copy);
    return (int)out.count;
}

int vsnprintf(char *to, size_t size, const char *fmt, va_list args) {
    struct sink out = {.to = to, .size = size};
    va_list copy;
    va_copy(copy, args);
    format(&out, fmt, &copy);
    va_end(copy);
    if (size) to[out.count < size ? out.count : size - 1] = 0;
    return (int)out.count;
}

int printf(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vfprintf(stdout, fmt, args);
    va_end(args);
    return n;
}

int fprintf(FILE *f, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vfprintf(f, fmt, args);
    va_end(args);
    return n;
}

int snprintf(char *to, size_t size, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(to, size, fmt, args);
    va_end(args);
    return n;
}
