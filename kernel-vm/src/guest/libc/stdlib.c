/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, the environment, sorting, leaving. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char **environ;

void exit(int status) {
    fflush(stdout);
    _exit(status);
}

static int digit(int c) {
    if (isdigit(c)) return c - '0';
    if (islower(c)) return c - 'a' + 10;
    if (isupper(c)) return c - 'A' + 10;
    return 99;
}

unsigned long strtoul(const char *s, char **end, int base) {
    const char *start = s;
    while (isspace(*s)) s++;
    bool negative = *s == '-';
    if (*s == '-' || *s == '+') s++;
    if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 32) == 'x' && digit(s[2]) < 16) {
        base = 16;
        s += 2;
    } else if (base == 0) {
        base = *s == '0' ? 8 : 10;
    }
    if (digit(*s) >= base) { /* no number at all */
        if (end) *end = (char *)start;
        return 0;
    }
    unsigned long value = 0;
    for (; digit(*s) < base; s++) value = value * (unsigned long)base + (unsigned long)digit(*s);
    if (end) *end = (char *)s;
    return negative ? -value : value;
}

long strtol(const char *s, char **end, int base) { return (long)strtoul(s, end, base); }

int atoi(const char *s) { return (int)strtol(s, NULL, 10); }

char *getenv(const char *name) {
    size_t n = strlen(name);
    for (char **e = environ; e && *e; e++)
        if (strncmp(*e, name, n) == 0 && (*e)[n] == '=') return *e + n + 1;
    return NULL;
}

static void swap(char *a, char *b, size_t size) {
    for (; size; size--, a++, b++) {
        char c = *a;
        *a = *b;
        *b = c;
    }
}

/* Heap sort: no recursion, no bad case. */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *)) {
    char *a = base;
    size_t root = count / 2, left = count;
    while (left > 1) {
        if (root > 0) {
            root--;
        } else {
            left--;
            swap(a, a + left * size, size);
        }
        for (size_t parent = root, child; (child = 2 * parent + 1) < left; parent = child) {
            if (child + 1 < left && compare(a + child * size, a + (child + 1) * size) < 0) child++;
            if (compare(a + parent * size, a + child * size) >= 0) break;
            swap(a + parent * size, a + child * size, size);
        }
    }
}
