/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork gives parent and child each its own memory: writes of either are private, through generations of children,
 * also when it is the kernel that writes (read into a shared page). MAP_SHARED memory stays one.
 */
#include "check.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, WORDS = PAGE / 4, PAGES = 64, GENERATIONS = 6, SIBLINGS = 8 };

static uint32_t data_segment[WORDS] = {1, 2, 3};
static uint32_t *memory; /* private, PAGES pages */

static void fill(uint32_t tag) {
    for (int i = 0; i < PAGES * WORDS; i++) memory[i] = tag + (unsigned)i;
}

static int holds(uint32_t tag) {
    for (int i = 0; i < PAGES * WORDS; i++)
        if (memory[i] != tag + (unsigned)i) return 0;
    return 1;
}

static void tell(int fd) { need(write(fd, "x", 1) == 1, "write to the pipe"); }

static void await(int fd) {
    char c;
    need(read(fd, &c, 1) == 1, "read from the pipe");
}

static int exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

/* Parent and child write in turns; neither sees the other's. */
static void both_sides(void) {
    int to_child[2], to_parent[2];
    need(pipe(to_child) == 0 && pipe(to_parent) == 0, "pipe");
    fill(0x1000000);
    data_segment[0] = 11;
    fflush(stdout);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) {
        int good = holds(0x1000000) && data_segment[0] == 11; /* what the parent had */
        await(to_child[0]);                                   /* the parent has written now */
        good = good && holds(0x1000000) && data_segment[0] == 11;
        fill(0x2000000);
        data_segment[0] = 22;
        tell(to_parent[1]);
        await(to_child[0]); /* the parent has looked and written again */
        good = good && holds(0x2000000) && data_segment[0] == 22;
        exit(good ? 0 : 1);
    }
    fill(0x3000000);
    data_segment[0] = 33;
    tell(to_child[1]);
    await(to_parent[0]);
    check(holds(0x3000000) && data_segment[0] == 33, "the parent does not see the child's writes");
    fill(0x4000000);
    tell(to_child[1]);
    int status;
    need(waitpid(child, &status, 0) == child, "wait4");
    check(exited_with(status, 0), "the child does not see the parent's writes");
    check(holds(0x4000000), "the parent's memory outlives the child");
    for (int i = 0; i < 2; i++) close(to_child[i]), close(to_parent[i]);
}

/* Each generation checks what it inherited, forks the next, writes, and checks again when that has ended. */
static int generation(void *number) {
    uint32_t n = (uint32_t)(uintptr_t)number;
    if (!holds(n << 24)) return 1;
    for (int p = (int)n; p < PAGES; p += 2) memory[p * WORDS] = 0xffff0000u + n; /* some pages before the fork */
    for (int p = (int)n; p < PAGES; p += 2) memory[p * WORDS] = (n << 24) + (unsigned)(p * WORDS);
    fill((n + 1) << 24);
    if (n < GENERATIONS && !exited_with(in_child(generation, (void *)(uintptr_t)(n + 1)), 0)) return 1;
    return holds((n + 1) << 24) ? 0 : 1;
}

static int sibling(void *number) {
    uint32_t n = (uint32_t)(uintptr_t)number;
    for (int p = 0; p < PAGES; p++)
        if (memory[p * WORDS + 1] != 0x5000000 + (unsigned)(p * WORDS + 1)) return 255;
    for (int p = 0; p < PAGES; p += 3) memory[p * WORDS + 1] = n;
    for (int p = 0; p < PAGES; p += 3)
        if (memory[p * WORDS + 1] != n) return 255;
    return (int)n;
}

static void siblings(void) {
    pid_t pid[SIBLINGS];
    fill(0x5000000);
    fflush(stdout);
    for (int i = 0; i < SIBLINGS; i++) {
        pid[i] = fork();
        need(pid[i] >= 0, "fork");
        if (pid[i] == 0) exit(sibling((void *)(uintptr_t)i));
    }
    int good = 1, status;
    for (int i = 0; i < SIBLINGS; i++) good &= waitpid(pid[i], &status, 0) == pid[i] && exited_with(status, i);
    check(good && holds(0x5000000), "eight children at once, each with its own copy");
}

/* The kernel's store must copy the page as well. */
static int reads_into_it(void *unused) {
    (void)unused;
    int ends[2];
    uint32_t word = 0xabcdef01;
    need(pipe(ends) == 0 && write(ends[1], &word, 4) == 4, "pipe");
    need(read(ends[0], memory + 5, 4) == 4, "read");
    return memory[5] == word ? 0 : 1;
}

static int adds_to_shared(void *shared) {
    uint32_t *s = shared;
    for (int p = 0; p < PAGES; p++) s[p * WORDS] += 1;
    return 0;
}

static void shared_memory(void) {
    uint32_t *s = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(s != MAP_FAILED, "mmap2 of shared memory");
    for (int p = 0; p < PAGES; p += 2) s[p * WORDS] = (unsigned)p; /* the odd pages are first touched by a child */
    int good = 1;
    for (int i = 0; i < 3; i++) good &= exited_with(in_child(adds_to_shared, s), 0);
    for (int p = 0; p < PAGES; p++) good &= s[p * WORDS] == (p % 2 ? 0u : (unsigned)p) + 3;
    check(good, "MAP_SHARED memory is one memory for parent and children");
    munmap(s, PAGES * PAGE);
}

int main(void) {
    memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(memory != MAP_FAILED, "mmap2");
    both_sides();
    fill(1u << 24);
    check(exited_with(in_child(generation, (void *)1), 0) && holds(1u << 24), "six generations, each its own copy");
    siblings();
    fill(0x6000000);
    check(exited_with(in_child(reads_into_it, NULL), 0) && holds(0x6000000), "read() in the child copies the page");
    shared_memory();
    return verdict("cowfork");
}
