/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and strings. The block moves are string instructions: short, and they exercise the machine's own. */
#include <stdlib.h>
#include <string.h>

void *memcpy(void *to, const void *from, size_t n) {
    void *d = to;
    size_t words = n / 4, bytes = n % 4;
    __asm__ volatile("rep movsl\n\tmovl %3, %%ecx\n\trep movsb"
                     : "+D"(d), "+S"(from), "+c"(words)
                     : "r"(bytes)
                     : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    if ((size_t)((char *)to - (const char *)from) >= n) return memcpy(to, from, n);
    char *d = (char *)to + n - 1;
    const char *s = (const char *)from + n - 1;
    __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t n) {
    void *d = to;
    size_t words = n / 4, bytes = n % 4;
    __asm__ volatile("rep stosl\n\tmovl %2, %%ecx\n\trep stosb"
                     : "+D"(d), "+c"(words)
                     : "r"(bytes), "a"((unsigned char)byte * 0x01010101u)
                     : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;
    for (; n; n--, x++, y++)
        if (*x != *y) return *x - *y;
    return 0;
}

void *memchr(const void *where, int byte, size_t n) {
    for (const unsigned char *p = where; n; n--, p++)
        if (*p == (unsigned char)byte) return (void *)p;
    return NULL;
}

size_t strlen(const char *s) {
    const char *p = s;
    while (*p) p++;
    return (size_t)(p - s);
}

int strcmp(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n && *a && *a == *b; n--) a++, b++;
    return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *strcpy(char *to, const char *from) { return memcpy(to, from, strlen(from) + 1); }

char *strcat(char *to, const char *from) {
    strcpy(to + strlen(to), from);
    return to;
}

char *strchr(const char *s, int c) {
    for (;; s++) {
        if (*s == (char)c) return (char *)s;
        if (!*s) return NULL;
    }
}

char *strrchr(const char *s, int c) {
    const char *last = NULL;
    do
        if (*s == (char)c) last = s;
    while (*s++);
    return (char *)last;
}

char *strstr(const char *s, const char *part) {
    size_t n = strlen(part);
    for (;; s++) {
        if (strncmp(s, part, n) == 0) return (char *)s;
        if (!*s) return NULL;
    }
}

char *strdup(const char *s) {
    size_t n = strlen(s) + 1;
    char *copy = malloc(n);
    return copy ? memcpy(copy, s, n) : NULL;
}
