/* SPDX-License-Identifier: BSD-2-Clause */
/* Fresh memory reads zero: mapped or from brk or bss, read or written first, and again after it was given back. */
#include "check.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, WORDS = PAGE / 4 };

static int pages = 1024;
static uint32_t bss[256 * WORDS];

static int all_zero(const uint32_t *m, int words) {
    for (int i = 0; i < words; i++)
        if (m[i]) return 0;
    return 1;
}

/* Writes one word of each page, then looks at all the others. */
static int zero_around_a_write(uint32_t *m, int count) {
    for (int p = 0; p < count; p++) m[p * WORDS + p % WORDS] = 0xdead0000u + (unsigned)p;
    for (int p = 0; p < count; p++) {
        uint32_t *page = m + p * WORDS, *word = page + p % WORDS;
        if (*word != 0xdead0000u + (unsigned)p) return 0;
        *word = 0;
        if (!all_zero(page, WORDS)) return 0;
    }
    return 1;
}

static void fill(uint32_t *m, int count) {
    for (int i = 0; i < count * WORDS; i++) m[i] = 0x5a5a5a5au ^ (unsigned)i;
}

static int filled(const uint32_t *m, int count) {
    for (int i = 0; i < count * WORDS; i++)
        if (m[i] != (0x5a5a5a5au ^ (unsigned)i)) return 0;
    return 1;
}

static uint32_t *map(int count) {
    uint32_t *m = mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(m != MAP_FAILED, "mmap2");
    return m;
}

static void mapped(void) {
    uint32_t *m = map(pages);
    check(all_zero(m, pages * WORDS), "mmap: read first, all zero");
    fill(m, pages);
    check(filled(m, pages), "mmap: written after the read, keeps it");

    uint32_t *w = map(pages);
    check(zero_around_a_write(w, pages), "mmap: written first, the rest of the page zero");
    check(filled(m, pages), "mmap: the first mapping untouched by the second");

    int hole = pages / 4;
    need(munmap(m + hole * WORDS, (size_t)hole * PAGE) == 0, "munmap of the middle");
    check(filled(m, hole), "munmap: what lies before the hole stays");
    uint32_t *again = mmap(m + hole * WORDS, (size_t)hole * PAGE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    need(again == m + hole * WORDS, "mmap2 into the hole");
    check(all_zero(again, hole * WORDS), "mmap: zero again after munmap");
    need(munmap(m, (size_t)pages * PAGE) == 0 && munmap(w, (size_t)pages * PAGE) == 0, "munmap");
}

static void from_brk(void) {
    uintptr_t start = ((uintptr_t)sbrk(0) + PAGE - 1) & -(uintptr_t)PAGE;
    uint32_t *m = (uint32_t *)start;
    need(brk(m + pages * WORDS) == 0, "brk");
    check(all_zero(m, pages * WORDS / 2), "brk: read first, all zero");
    check(zero_around_a_write(m, pages), "brk: written, the rest of the page zero");
    fill(m, pages);
    need(brk(m + pages / 2 * WORDS) == 0, "brk, shrinking");
    need(brk(m + pages * WORDS) == 0, "brk, growing again");
    check(filled(m, pages / 2), "brk: what was below the break stays");
    check(all_zero(m + pages / 2 * WORDS, (pages - pages / 2) * WORDS), "brk: zero again after shrinking");
    need(brk(m) == 0, "brk, giving back");
}

int main(int argc, char **argv) {
    if (argc > 1) pages = atoi(argv[1]);
    if (pages < 4 || pages > 100000) {
        fprintf(stderr, "usage: zerofill [PAGES], 4 to 100000\n");
        return 2;
    }
    check(all_zero(bss, sizeof bss / 4), "bss: all zero");
    mapped();
    from_brk();
    return verdict("zerofill");
}
