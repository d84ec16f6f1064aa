/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More memory than there may be: "thrash MIB PASSES" (16, 3) writes a word pattern to every page, pass after pass, and
 * finds each page as the last pass left it. Give it more than the machine's memory and it lives on swap.
 */
#include "check.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, WORDS = PAGE / 4 };

static uint32_t pattern(int pass, int page, int word) {
    return (uint32_t)pass * 0x9e3779b9u ^ (uint32_t)page * 0x85ebca6bu ^ (uint32_t)word;
}

static int page_holds(const uint32_t *page, int pass, int number) {
    for (int w = 0; w < WORDS; w++)
        if (page[w] != (pass ? pattern(pass, number, w) : 0)) return 0;
    return 1;
}

int main(int argc, char **argv) {
    int mib = argc > 1 ? atoi(argv[1]) : 16, passes = argc > 2 ? atoi(argv[2]) : 3;
    if (mib < 1 || mib > 2000 || passes < 1) {
        fprintf(stderr, "usage: thrash [MIB [PASSES]]\n");
        return 2;
    }
    int pages = mib * 256;
    uint32_t *m = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(m != MAP_FAILED, "mmap2");
    for (int pass = 1; pass <= passes; pass++) {
        int good = 1;
        for (int i = 0; i < pages; i++) {
            int p = pass % 2 ? i : pages - 1 - i; /* forth and back */
            uint32_t *page = m + p * WORDS;
            good &= page_holds(page, pass - 1, p);
            for (int w = 0; w < WORDS; w++) page[w] = pattern(pass, p, w);
        }
        char what[48];
        snprintf(what, sizeof what, "pass %d over %d pages", pass, pages);
        check(good, what);
    }
    int good = 1;
    for (int p = 0; p < pages; p++) good &= page_holds(m + p * WORDS, passes, p);
    check(good, "every page as the last pass left it");
    return verdict("thrash");
}
