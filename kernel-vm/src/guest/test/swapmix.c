/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several processes that together use more memory than there may be: "swapmix MIB PROCESSES ROUNDS [DISK]" (16, 4, 2).
 * Each goes over its share in an order of its own (forward, strided, backward, at random), finds each page as it left
 * it and changes it. With DISK the parent calls swapoff on it half-way, and says what came of it.
 */
#include "check.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/swap.h>

enum { PAGE = 4096, WORDS = PAGE / 4, MAX_PROCESSES = 16, STRIDE = 37 };

static const char *const ORDERS[] = {"forward", "strided", "backward", "random"};

static uint32_t next(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* What word w of a page says after so many changes. */
static uint32_t word(int who, int page, int changes, int w) {
    return (uint32_t)who * 0x27d4eb2fu ^ (uint32_t)page * 0x85ebca6bu ^ (uint32_t)changes * 0x9e3779b9u ^ (uint32_t)w;
}

static void fill(uint32_t *page, int who, int number, int changes) {
    uint32_t sum = 0;
    for (int w = 0; w < WORDS - 1; w++) sum = (sum << 1 | sum >> 31) + (page[w] = word(who, number, changes, w));
    page[WORDS - 1] = sum;
}

/* The page's own checksum, and what it has to say. */
static int holds(const uint32_t *page, int who, int number, int changes) {
    uint32_t sum = 0;
    int good = 1;
    for (int w = 0; w < WORDS - 1; w++) {
        sum = (sum << 1 | sum >> 31) + page[w];
        good &= page[w] == word(who, number, changes, w);
    }
    return good && page[WORDS - 1] == sum;
}

static int place(int who, int step, int pages, uint32_t *state) {
    switch (who % 4) {
    case 0: return step;
    case 1: return (int)((uint32_t)step * STRIDE % (uint32_t)pages);
    case 2: return pages - 1 - step;
    default: return (int)(next(state) % (uint32_t)pages);
    }
}

/* One process: 0 if it found every page right. */
static int work(int who, int pages, int rounds, int started) {
    uint32_t state = (uint32_t)who + 1;
    uint32_t *m = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *changes = malloc((size_t)pages);
    if (m == MAP_FAILED || !changes) return 3;
    for (int i = 0; i < pages; i++) {
        fill(m + i * WORDS, who, i, 0);
        changes[i] = 0;
    }
    write(started, "s", 1);
    int bad = 0;
    for (int round = 0; round < rounds; round++) {
        for (int step = 0; step < pages; step++) {
            int i = place(who, step, pages, &state);
            uint32_t *page = m + i * WORDS;
            bad += !holds(page, who, i, changes[i]);
            if (next(&state) % 3) fill(page, who, i, ++changes[i]);
        }
    }
    for (int i = 0; i < pages; i++) bad += !holds(m + i * WORDS, who, i, changes[i]);
    return bad != 0;
}

static void turn_off(const char *disk, int processes, int from) {
    char c;
    for (int i = 0; i < processes; i++) read(from, &c, 1);
    if (swapoff(disk) == 0) printf("swapoff %s: done\n", disk);
    else printf("swapoff %s: %s\n", disk, strerror(errno));
    fflush(stdout);
}

int main(int argc, char **argv) {
    int mib = argc > 1 ? atoi(argv[1]) : 16, processes = argc > 2 ? atoi(argv[2]) : 4, rounds = argc > 3 ? atoi(argv[3]) : 2;
    if (mib < 1 || mib > 2000 || processes < 1 || processes > MAX_PROCESSES || rounds < 1 || rounds > 80) {
        fprintf(stderr, "usage: swapmix [MIB [PROCESSES [ROUNDS [DISK]]]]\n");
        return 2;
    }
    int pages = mib * 256 / processes, ends[2];
    pid_t children[MAX_PROCESSES];
    need(pipe(ends) == 0, "pipe");
    for (int i = 0; i < processes; i++) {
        children[i] = fork();
        need(children[i] >= 0, "fork");
        if (children[i] == 0) _exit(work(i, pages, rounds, ends[1]));
    }
    if (argc > 4) turn_off(argv[4], processes, ends[0]);
    for (int i = 0; i < processes; i++) {
        int status = -1;
        char what[80];
        need(waitpid(children[i], &status, 0) == children[i], "wait4");
        if (WIFSIGNALED(status))
            snprintf(what, sizeof what, "%s over %d pages: ended by SIG%s", ORDERS[i % 4], pages, signal_name(WTERMSIG(status)));
        else snprintf(what, sizeof what, "%s over %d pages", ORDERS[i % 4], pages);
        check(WIFEXITED(status) && WEXITSTATUS(status) == 0, what);
    }
    return verdict("swapmix");
}
