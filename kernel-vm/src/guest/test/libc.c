/* SPDX-License-Identifier: BSD-2-Clause */
/* What the other programs lean on: formats, the heap, 64-bit division, sorting, block moves. */
#include "check.h"

#include <stdint.h>

static int formats(const char *want, const char *format, ...) {
    char got[128];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(got, sizeof got, format, args);
    va_end(args);
    if (strcmp(got, want) == 0 && n == (int)strlen(want)) return 1;
    printf("     wanted \"%s\", got \"%s\"\n", want, got);
    return 0;
}

static int by_value(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int sorts(void) {
    static int v[1000];
    unsigned seed = 1;
    for (int i = 0; i < 1000; i++) v[i] = (int)((seed = seed * 1103515245 + 12345) >> 8 & 0xfff);
    qsort(v, 1000, sizeof v[0], by_value);
    for (int i = 1; i < 1000; i++)
        if (v[i - 1] > v[i]) return 0;
    return 1;
}

static int divides(void) {
    volatile uint64_t n = 0xfedcba9876543210, small = 10, big = 0x123456789a;
    volatile int64_t minus = -1000000000007, seven = 7;
    return n / small == 0x197c790f3f086b68 && n % small == 0 && n / big * big + n % big == n && n % big < big &&
           n / big == 0xe000000 && minus / seven == -142857142858 && minus % seven == -1 && minus / -seven == 142857142858;
}

static int heap(void) {
    enum { BLOCKS = 200 };
    static unsigned char *block[BLOCKS];
    static size_t size[BLOCKS];
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        seed = seed * 1103515245 + 12345;
        int i = (int)(seed >> 8) % BLOCKS;
        size_t want = 1 + (seed >> 16) % 3000;
        for (size_t k = 0; block[i] && k < size[i]; k++)
            if (block[i][k] != (unsigned char)(i + (int)k)) return 0;
        if (round % 3 == 0) {
            block[i] = realloc(block[i], want);
            size_t kept = size[i] < want ? size[i] : want;
            for (size_t k = 0; k < kept; k++)
                if (block[i][k] != (unsigned char)(i + (int)k)) return 0;
        } else {
            free(block[i]);
            block[i] = malloc(want);
        }
        if (!block[i]) return 0;
        size[i] = want;
        for (size_t k = 0; k < want; k++) block[i][k] = (unsigned char)(i + (int)k);
    }
    return 1;
}

static int moves(void) {
    static char a[3000], b[3000];
    for (int from = 0; from < 40; from += 3)
        for (int to = 0; to < 40; to += 7)
            for (int n = 0; n < 2500; n += 611) {
                for (int i = 0; i < 3000; i++) a[i] = b[i] = (char)(i * 31);
                memmove(a + to, a + from, (size_t)n);
                for (int i = 0; i < 3000; i++)
                    if (a[i] != (i >= to && i < to + n ? b[i - to + from] : b[i])) return 0;
            }
    memset(a + 1, 0x55, 2997);
    for (int i = 1; i < 2998; i++)
        if (a[i] != 0x55) return 0;
    return a[2998] == (char)(2998 * 31);
}

int main(void) {
    check(formats("-42|  7|7  |007|+7", "%d|%3d|%-3d|%03d|%+d", -42, 7, 7, 7, 7), "printf: decimal");
    check(formats("ff|FF|0000beef|17|4294967295", "%x|%X|%08x|%o|%u", 255, 255, 0xbeef, 15, -1), "printf: unsigned");
    check(formats("-9223372036854775808|18446744073709551615", "%lld|%llu", (int64_t)1 << 63, (uint64_t)-1), "printf: 64 bits");
    check(formats("abc|  abc|abc  |ab|x|%", "%s|%5s|%-5s|%.2s|%c|%%", "abc", "abc", "abc", "abc", 'x'), "printf: text");
    check(formats("    5|00005|(null)", "%*d|%.5d|%s", 5, 5, 5, (char *)NULL), "printf: width from an argument");
    check(divides(), "64-bit division");
    check(moves(), "memmove and memset");
    check(heap(), "malloc, realloc, free");
    check(sorts(), "qsort");
    return verdict("libc");
}
