/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What /proc/self/smaps says of mappings, against what the program did with them. "smaps swap MIB" wants more memory than
 * the machine has, and finds what is not resident on swap.
 */
#include "check.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, KIB_PER_PAGE = 4, PAGES = 64, TOUCHED = 10, COPIED = 4 };

/* In KiB, in the order of the names. */
struct usage {
    unsigned size, rss, pss, shared_clean, shared_dirty, private_clean, private_dirty, anonymous, swap;
};

static const char *const NAMES[] = {"Size:",          "Rss:",           "Pss:",       "Shared_Clean:", "Shared_Dirty:",
                                    "Private_Clean:", "Private_Dirty:", "Anonymous:", "Swap:"};

static int ends[2];

static void note(struct usage *u, const char *line) {
    for (unsigned i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        size_t length = strlen(NAMES[i]);
        if (strncmp(line, NAMES[i], length)) continue;
        while (line[length] == ' ') length++;
        ((unsigned *)u)[i] = (unsigned)strtoul(line + length, NULL, 10);
    }
}

/* The mapping that holds an address. */
static struct usage of(const void *where) {
    struct usage found = {0};
    char line[256];
    int here = 0;
    FILE *f = fopen("/proc/self/smaps", "r");
    need(f != NULL, "/proc/self/smaps");
    while (fgets(line, sizeof line, f)) {
        char *end;
        unsigned long from = strtoul(line, &end, 16);
        if (*end == '-' && end > line) {
            unsigned long to = strtoul(end + 1, NULL, 16);
            here = from <= (uintptr_t)where && (uintptr_t)where < to;
        }
        if (here) note(&found, line);
    }
    fclose(f);
    return found;
}

/* A mapping of its own: neighbours with other rights keep it apart. */
static char *lone(int pages, int flags, int fd) {
    char *m = mmap(NULL, (size_t)(pages + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(m != MAP_FAILED, "mmap2");
    m = mmap(m + PAGE, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);
    need(m != MAP_FAILED, "mmap2 between them");
    return m;
}

static void touch(char *m, int pages) {
    for (int i = 0; i < pages; i++) m[i * PAGE] = 's';
}

static int is(unsigned kib, int pages) { return kib == (unsigned)pages * KIB_PER_PAGE; }

static void own_memory(void) {
    char *m = lone(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    struct usage u = of(m);
    check(is(u.size, PAGES) && u.rss == 0, "fresh memory: its size, nothing resident");
    touch(m, TOUCHED);
    u = of(m);
    check(is(u.rss, TOUCHED) && is(u.pss, TOUCHED), "what was touched is resident");
    check(is(u.private_dirty, TOUCHED) && u.shared_clean + u.shared_dirty + u.private_clean == 0, "and private, and dirty");
    check(is(u.anonymous, TOUCHED) && u.swap == 0, "and anonymous, and not on swap");
    munmap(m + (TOUCHED - 2) * PAGE, (size_t)(PAGES - TOUCHED + 2) * PAGE);
    u = of(m);
    check(is(u.size, TOUCHED - 2) && is(u.rss, TOUCHED - 2), "what is unmapped does not count");
}

static char *inherited;

/* The child's part of fork: looks, copies some pages, looks, and lets its parent look. */
static int child(void *unused) {
    char c;
    (void)unused;
    struct usage u = of(inherited);
    int good = is(u.rss, TOUCHED) && is(u.shared_dirty, TOUCHED) && u.private_dirty == 0 && is(2 * u.pss, TOUCHED);
    touch(inherited, COPIED);
    u = of(inherited);
    good = good && is(u.rss, TOUCHED) && is(u.private_dirty, COPIED) && is(u.shared_dirty, TOUCHED - COPIED);
    need(write(ends[1], good ? "y" : "n", 1) == 1 && read(ends[0], &c, 1) == 1, "the pipe");
    return 0;
}

static void after_fork(void) {
    int to_child[2], to_parent[2], status;
    char c;
    inherited = lone(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    touch(inherited, TOUCHED);
    need(pipe(to_child) == 0 && pipe(to_parent) == 0, "pipe");
    fflush(stdout);
    pid_t pid = fork();
    need(pid >= 0, "fork");
    ends[0] = pid ? to_parent[0] : to_child[0];
    ends[1] = pid ? to_child[1] : to_parent[1];
    if (pid == 0) exit(child(NULL));
    need(read(ends[0], &c, 1) == 1, "read");
    struct usage u = of(inherited);
    check(c == 'y', "a child shares all until it writes, and then owns its copies");
    check(is(u.private_dirty, COPIED) && is(u.shared_dirty, TOUCHED - COPIED), "and what it copied is its parent's alone");
    need(write(ends[1], "x", 1) == 1 && waitpid(pid, &status, 0) == pid, "wait4");
    u = of(inherited);
    check(is(u.private_dirty, TOUCHED) && u.shared_dirty == 0, "when it has gone, nothing is shared");
}

static int maps_shared(void *m) {
    volatile char *s = m;
    for (int i = 0; i < TOUCHED; i++) (void)s[i * PAGE];
    struct usage u = of(m);
    return is(u.rss, TOUCHED) && is(u.shared_dirty + u.shared_clean, TOUCHED) && is(2 * u.pss, TOUCHED) ? 0 : 1;
}

static void shared_memory(void) {
    char *m = lone(PAGES, MAP_SHARED | MAP_ANONYMOUS, -1);
    touch(m, TOUCHED);
    struct usage u = of(m);
    check(is(u.rss, TOUCHED) && is(u.private_dirty, TOUCHED), "shared memory that one process maps is private to it");
    check(in_child(maps_shared, m) == 0, "and shared once a child maps it");
}

static void files(void) {
    static char block[PAGE];
    const char *path = "smaps.tmp";
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) fd = open(path = "/tmp/smaps.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(fd >= 0, path);
    unlink(path);
    for (int i = 0; i < PAGES; i++) need(write(fd, block, PAGE) == PAGE, "write");
    char *m = lone(PAGES, MAP_PRIVATE, fd);
    touch(m, TOUCHED);
    struct usage u = of(m);
    /* Neighbours may be mapped along, but only what was stored to is a copy. */
    check(is(u.anonymous, TOUCHED) && u.private_dirty >= u.anonymous, "a private file mapping: the copies are anonymous");
    check(u.rss >= u.anonymous && is(u.size, PAGES) && u.rss <= u.size, "and the rest is the file's, as far as it is mapped");
    char *s = lone(PAGES, MAP_SHARED, fd);
    touch(s + (PAGES - 2) * PAGE, 2);
    u = of(s);
    check(u.anonymous == 0 && u.rss >= 2 * KIB_PER_PAGE && u.rss <= u.size, "a shared one: resident, not anonymous");
    check(u.shared_dirty + u.private_dirty >= 2 * KIB_PER_PAGE, "and dirty where it was stored to");
    close(fd);
}

/* Every mapping there is: what is resident is shared or private, clean or dirty. */
static void all_mappings(void) {
    struct usage u = {0};
    char line[256];
    int mappings = 0, good = 1;
    FILE *f = fopen("/proc/self/smaps", "r");
    need(f != NULL, "/proc/self/smaps");
    while (fgets(line, sizeof line, f)) {
        note(&u, line);
        if (strncmp(line, "Swap:", 5)) continue;
        mappings++;
        good &= u.rss == u.shared_clean + u.shared_dirty + u.private_clean + u.private_dirty && u.rss <= u.size;
    }
    fclose(f);
    check(mappings > 3 && good, "of every mapping: shared and private are all that is resident");
}

static unsigned meminfo_total(void) {
    char line[128];
    unsigned total = 0;
    FILE *f = fopen("/proc/meminfo", "r");
    need(f != NULL, "/proc/meminfo");
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "MemTotal:", 9) == 0) {
            char *digits = line + 9;
            while (*digits == ' ') digits++;
            total = (unsigned)strtoul(digits, NULL, 10);
        }
    fclose(f);
    return total;
}

static void on_swap(int mib) {
    int pages = mib * 256;
    unsigned total = meminfo_total(), size = (unsigned)pages * KIB_PER_PAGE;
    need(total > 0 && size > total, "more memory than the machine has");
    char *m = lone(pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (int i = 0; i < pages; i++) *(int *)(m + i * PAGE) = i;
    struct usage u = of(m);
    check(u.size == size && u.rss > 0 && u.rss < total, "less than all of the memory is resident");
    check(u.swap >= size - total && u.rss + u.swap <= size, "what is not resident is on swap");
    check(u.rss == u.private_dirty + u.private_clean && u.rss == u.anonymous, "all of it is private and anonymous");
    int good = 1;
    for (int i = 0; i < TOUCHED; i++) good &= *(int *)(m + i * PAGE) == i;
    struct usage later = of(m);
    check(good && later.swap >= size - total && later.rss + later.swap <= size, "what was read from swap is as it was");
    need(munmap(m + PAGE, (size_t)(pages - 1) * PAGE) == 0, "munmap");
    u = of(m);
    check(is(u.size, 1) && u.rss + u.swap <= KIB_PER_PAGE, "what is unmapped is not on swap either");
}

int main(int argc, char **argv) {
    if (argc > 1) {
        if (argc != 3 || strcmp(argv[1], "swap") || atoi(argv[2]) < 1 || atoi(argv[2]) > 1000) {
            fprintf(stderr, "usage: smaps [swap MIB]\n");
            return 2;
        }
        on_swap(atoi(argv[2]));
        return verdict("smaps");
    }
    own_memory();
    after_fork();
    shared_memory();
    files();
    all_mappings();
    return verdict("smaps");
}
