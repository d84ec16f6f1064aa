/* SPDX-License-Identifier: BSD-2-Clause */
/* printf FORMAT ARGUMENT...: the format again and again until the arguments are used up. */
#include "sh.h"

#include <ctype.h>

static char **args;
static int status;

static const char *take(void) { return *args ? *args++ : NULL; }

/* One escape; s is behind the backslash. Gives what follows it. */
static const char *escape(const char *s) {
    static const char NAMES[] = "abfnrtv\\", VALUES[] = "\a\b\f\n\r\t\v\\";
    const char *at = *s ? strchr(NAMES, *s) : NULL;
    if (at) {
        putchar(VALUES[at - NAMES]);
        return s + 1;
    }
    if (*s >= '0' && *s <= '7') {
        int value = 0, digits = 0;
        for (; digits < 3 + (*s == '0' && digits == 0) && *s >= '0' && *s <= '7'; digits++) value = value * 8 + *s++ - '0';
        putchar(value & 255);
        return s;
    }
    putchar('\\');
    return s;
}

static void put_escaped(const char *s) {
    while (*s) {
        if (*s == '\\') s = escape(s + 1);
        else putchar(*s++);
    }
}

static int64_t number(void) {
    const char *text = take();
    if (!text) return 0;
    if (*text == '\'' || *text == '"') return (unsigned char)text[1];
    char *end;
    bool negative = *text == '-';
    long value = strtol(text, &end, 0);
    if (*end || end == text) {
        fprintf(stderr, "%s: printf: %s: not a number\n", shell_name, text);
        status = 1;
    }
    return negative ? value : (int64_t)(unsigned long)value;
}

/* f is behind the percent sign; gives what follows the conversion. */
static const char *convert(const char *f) {
    char spec[40] = "%";
    size_t n = 1;
    for (; *f && strchr("-+ 0#.*123456789", *f) && n < sizeof spec - 16; f++) {
        if (*f != '*') spec[n++] = *f;
        else n += (size_t)snprintf(spec + n, 12, "%d", (int)number());
    }
    char kind = *f;
    if (kind) f++;
    if (kind == 'd' || kind == 'i' || kind == 'u' || kind == 'x' || kind == 'X' || kind == 'o') {
        spec[n++] = 'l';
        spec[n++] = 'l';
        spec[n] = kind;
        printf(spec, number());
    } else if (kind == 's') {
        const char *text = take();
        spec[n] = 's';
        printf(spec, text ? text : "");
    } else if (kind == 'b') {
        const char *text = take();
        put_escaped(text ? text : "");
    } else if (kind == 'c') {
        const char *text = take();
        if (text && *text) putchar(*text);
    } else if (kind == '%') {
        putchar('%');
    } else {
        fprintf(stderr, "%s: printf: %%%c: no such conversion\n", shell_name, kind ? kind : ' ');
        status = 1;
    }
    return f;
}

int builtin_printf(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "%s: usage: printf FORMAT [ARGUMENT...]\n", shell_name);
        return 2;
    }
    args = argv + 2;
    status = 0;
    do {
        char **before = args;
        for (const char *f = argv[1]; *f;) {
            if (*f == '\\') f = escape(f + 1);
            else if (*f == '%') f = convert(f + 1);
            else putchar(*f++);
        }
        if (args == before) break;
    } while (*args && !status);
    return status;
}
