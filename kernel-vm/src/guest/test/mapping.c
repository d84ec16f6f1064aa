/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls on an address space one by one: what they do, and with which error they refuse. */
#include "check.h"
#include "syscall.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

enum {
    PAGE = 4096,
    GETRUSAGE = 77, MLOCK = 150, MUNLOCK = 151, MLOCKALL = 152, MUNLOCKALL = 153, MREMAP = 163, VFORK = 190,
    MINCORE = 218, MADVISE = 219,
    DONTNEED = 4, FREE = 8, DONTFORK = 10, DOFORK = 11, MAYMOVE = 1, TO_FIXED = 2
};

static int ends[2];

static char *anon(char *hint, int pages, int flags) {
    char *m = mmap(hint, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    need(m != MAP_FAILED, "mmap2");
    return m;
}

static int refused(long result, int why) { return result == -1 && errno == why; }

/* Whether the kernel can read a byte for us: it may not where we may not. */
static int readable(char *at) {
    char got;
    if (write(ends[1], at, 1) != 1) return 0;
    need(read(ends[0], &got, 1) == 1, "read");
    return got == *at;
}

static int writable(char *at) {
    char old = 'x';
    need(write(ends[1], &old, 1) == 1, "write");
    if (read(ends[0], at, 1) == 1) return 1;
    need(read(ends[0], &old, 1) == 1, "read");
    return 0;
}

static void places(void) {
    char *m = anon(NULL, 8, MAP_PRIVATE);
    for (int i = 0; i < 8; i++) m[i * PAGE] = (char)('a' + i);
    check(anon(m + 2 * PAGE, 2, MAP_PRIVATE | MAP_FIXED) == m + 2 * PAGE, "mmap2: FIXED is taken literally");
    check(m[2 * PAGE] == 0 && m[3 * PAGE] == 0, "mmap2: FIXED replaces what was there");
    check(m[PAGE] == 'b' && m[4 * PAGE] == 'e', "mmap2: FIXED leaves the neighbours alone");
    check(munmap(m + 5 * PAGE, PAGE) == 0 && !readable(m + 5 * PAGE), "munmap: out of the middle");
    check(anon(m + 5 * PAGE, 1, MAP_PRIVATE) == m + 5 * PAGE, "mmap2: a hint that is free is taken");
    check(m[5 * PAGE] == 0 && m[6 * PAGE] == 'g', "mmap2: new memory is zero, its neighbour as it was");
    check(refused((long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL), "mmap2: length 0 is EINVAL");
    check(refused((long)mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL), "mmap2: neither kind is EINVAL");
    check(refused((long)mmap(m + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL),
        "mmap2: FIXED inside a page is EINVAL");
    check(refused((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0), EBADF), "mmap2: no such descriptor is EBADF");
    check(refused(munmap(m, 0), EINVAL), "munmap: length 0 is EINVAL");
    check(refused(munmap(m + 1, PAGE), EINVAL), "munmap: inside a page is EINVAL");
    munmap(m + 3 * PAGE, PAGE);
    check(munmap(m, 8 * PAGE) == 0, "munmap: holes are no matter");
    check(!readable(m) && !readable(m + 7 * PAGE), "munmap: and all is gone");
}

static void rights(void) {
    char *m = anon(NULL, 4, MAP_PRIVATE);
    m[0] = 'r';
    check(mprotect(m, PAGE, PROT_READ) == 0 && readable(m) && !writable(m), "mprotect: READ is not WRITE");
    check(mprotect(m, PAGE, PROT_NONE) == 0 && !readable(m), "mprotect: NONE is nothing");
    check(mprotect(m, 4 * PAGE, PROT_READ | PROT_WRITE) == 0 && m[0] == 'r' && writable(m), "mprotect: and back, content kept");
    munmap(m + 2 * PAGE, PAGE);
    check(refused(mprotect(m, 4 * PAGE, PROT_READ), ENOMEM), "mprotect: a hole is ENOMEM");
    check(!writable(m + PAGE), "mprotect: after the part before it");
    check(writable(m + 3 * PAGE), "mprotect: and without the part behind it");
    check(refused(mprotect(m + 1, PAGE, PROT_READ), EINVAL), "mprotect: inside a page is EINVAL");
    check(refused(mprotect(m, PAGE, 0x100), EINVAL), "mprotect: unknown rights are EINVAL");
    munmap(m, 4 * PAGE);
}

static char *remap(char *old, int from, int to, int flags, char *where) {
    return (char *)SYSCALL(MREMAP, old, from * PAGE, to * PAGE, flags, where);
}

static void moves(void) {
    char *m = anon(NULL, 16, MAP_PRIVATE);
    for (int i = 0; i < 4; i++) m[i * PAGE] = (char)('0' + i);
    munmap(m + 6 * PAGE, 10 * PAGE);
    char *wall = anon(m + 8 * PAGE, 1, MAP_PRIVATE | MAP_FIXED);
    check(remap(m, 6, 4, 0, NULL) == m && !readable(m + 4 * PAGE), "mremap: shrinks in place");
    check(remap(m, 4, 8, 0, NULL) == m && m[7 * PAGE] == 0 && m[3 * PAGE] == '3', "mremap: grows in place");
    check(refused((long)remap(m, 8, 9, 0, NULL), ENOMEM), "mremap: against a wall is ENOMEM");
    char *moved = remap(m, 8, 9, MAYMOVE, NULL);
    check(moved != MAP_FAILED && moved != m && moved[PAGE] == '1' && moved[8 * PAGE] == 0, "mremap: moves with its content");
    check(!readable(m), "mremap: nothing stays behind");
    check(remap(moved, 2, 2, MAYMOVE | TO_FIXED, m) == m && m[PAGE] == '1' && moved[2 * PAGE] == '2', "mremap: a part, to a place");
    check(refused((long)remap(m + 4 * PAGE, 1, 1, MAYMOVE, NULL), EFAULT), "mremap: of nothing is EFAULT");
    check(refused((long)remap(m, 1, 0, MAYMOVE, NULL), EINVAL), "mremap: to length 0 is EINVAL");
    check(refused((long)remap(m, 1, 1, TO_FIXED, wall), EINVAL), "mremap: FIXED that may not move is EINVAL");
    check(refused((long)remap(m, 2, 2, MAYMOVE | TO_FIXED, m + PAGE), EINVAL), "mremap: onto itself is EINVAL");
    munmap(m, 9 * PAGE);
    munmap(moved, 9 * PAGE);
}

static void doubles(void) {
    char *s = anon(NULL, 4, MAP_SHARED), *p = anon(NULL, 1, MAP_PRIVATE);
    s[PAGE] = 's';
    char *again = remap(s, 0, 4, MAYMOVE, NULL);
    check(again != MAP_FAILED && again != s && again[PAGE] == 's', "mremap: from length 0 maps shared memory twice");
    again[2 * PAGE] = 'd';
    check(s[2 * PAGE] == 'd', "mremap: and both are one memory");
    char *part = remap(s + PAGE, 0, 2, MAYMOVE, NULL);
    check(part != MAP_FAILED && part[0] == 's' && part[PAGE] == 'd', "mremap: from length 0, a part");
    check(remap(s + 2 * PAGE, 0, 1, MAYMOVE | TO_FIXED, again) == again && again[0] == 'd' && again[PAGE] == 's',
        "mremap: from length 0, over something else");
    munmap(s, 4 * PAGE);
    check(part[0] == 's' && again[2 * PAGE] == 'd', "mremap: what was mapped twice outlives the first");
    check(refused((long)remap(p, 0, 1, MAYMOVE, NULL), EINVAL), "mremap: from length 0 of private memory is EINVAL");
    check(refused((long)remap(part, 0, 1, 0, NULL), ENOMEM), "mremap: from length 0 that may not move is ENOMEM");
    check(refused((long)remap(s, 0, 1, MAYMOVE, NULL), EFAULT), "mremap: from length 0 of nothing is EFAULT");
    munmap(p, PAGE);
    munmap(part, 2 * PAGE);
    munmap(again, 4 * PAGE);
}

static int stores(void *m) {
    char *both = m;
    both[0] = 'c';
    both[PAGE] = 'c';
    return 0;
}

static int touches(void *m) { return *(volatile char *)m; }

static int died(int status) { return (status & 0x7f) == 11; }

static void kept_from_children(void) {
    char *m = anon(NULL, 3, MAP_PRIVATE);
    m[0] = m[PAGE] = m[2 * PAGE] = 'k';
    check(SYSCALL(MADVISE, m + PAGE, PAGE, DONTFORK) == 0, "madvise: DONTFORK is taken");
    check(died(in_child(touches, m + PAGE)) && m[PAGE] == 'k', "madvise: DONTFORK, a child has nothing there");
    check(in_child(touches, m) == 'k' << 8 && in_child(touches, m + 2 * PAGE) == 'k' << 8, "madvise: DONTFORK, but its neighbours");
    check(SYSCALL(MADVISE, m, 3 * PAGE, DOFORK) == 0 && in_child(touches, m + PAGE) == 'k' << 8, "madvise: DOFORK takes it back");
    in_child(stores, m + PAGE);
    check(m[PAGE] == 'k', "madvise: DOFORK, and what was private is private again");
    char *s = anon(NULL, 2, MAP_SHARED);
    check(SYSCALL(MADVISE, s, 2 * PAGE, DONTFORK) == 0 && died(in_child(touches, s)), "madvise: DONTFORK of shared memory");
    check(SYSCALL(MADVISE, s, 2 * PAGE, DOFORK) == 0 && in_child(stores, s) == 0 && s[PAGE] == 'c', "madvise: DOFORK shares it again");
    munmap(m + PAGE, PAGE);
    check(refused(SYSCALL(MADVISE, m, 3 * PAGE, DONTFORK), ENOMEM), "madvise: DONTFORK over a hole is ENOMEM");
    check(died(in_child(touches, m + 2 * PAGE)), "madvise: after the rest was done, too");
    munmap(m, 3 * PAGE);
    munmap(s, 2 * PAGE);
}

static void advice(void) {
    char *m = anon(NULL, 4, MAP_PRIVATE);
    memset(m, 'd', 2 * PAGE);
    check(SYSCALL(MADVISE, m, PAGE, DONTNEED) == 0 && m[5] == 0 && m[PAGE] == 'd', "madvise: DONTNEED drops at once");
    check(SYSCALL(MADVISE, m + PAGE, PAGE, FREE) == 0, "madvise: FREE is taken");
    m[PAGE + 9] = 'k';
    check(m[PAGE + 9] == 'k', "madvise: what is written after FREE stays");
    int good = 1;
    for (int kind = 0; kind < 4; kind++) good &= SYSCALL(MADVISE, m, 4 * PAGE, kind) == 0;
    check(good, "madvise: hints are taken");
    char *shared = anon(NULL, 1, MAP_SHARED);
    shared[0] = 's';
    check(SYSCALL(MADVISE, shared, PAGE, DONTNEED) == 0 && shared[0] == 's', "madvise: DONTNEED keeps shared memory");
    munmap(m + 2 * PAGE, PAGE);
    check(refused(SYSCALL(MADVISE, m, 4 * PAGE, DONTNEED), ENOMEM), "madvise: a hole is ENOMEM");
    check(m[PAGE + 9] == 0, "madvise: after the rest was done");
    check(refused(SYSCALL(MADVISE, m, PAGE, 99), EINVAL), "madvise: unknown advice is EINVAL");
    check(refused(SYSCALL(MADVISE, m + 1, PAGE, 0), EINVAL), "madvise: inside a page is EINVAL");
    check(refused(SYSCALL(SYS_msync, m, 4 * PAGE, MS_SYNC), ENOMEM), "msync: a hole is ENOMEM");
    check(refused(SYSCALL(SYS_msync, m, PAGE, MS_SYNC | 1), EINVAL), "msync: both ways at once is EINVAL");
    check(msync(m, 2 * PAGE, MS_SYNC) == 0, "msync: of private memory does nothing, well");
    munmap(m, 4 * PAGE);
    munmap(shared, PAGE);
}

static void residence(void) {
    char *m = anon(NULL, 4, MAP_PRIVATE);
    unsigned char in[6] = {9, 9, 9, 9, 9, 9};
    m[PAGE] = 1;
    check(SYSCALL(MINCORE, m, 4 * PAGE, in + 1) == 0, "mincore: answers");
    check((in[1] & 1) == 0 && (in[2] & 1) == 1 && (in[3] & 1) == 0, "mincore: the touched page is there, no other");
    check(in[0] == 9 && in[5] == 9, "mincore: nothing is written beside the vector");
    check(SYSCALL(MLOCK, m + 3 * PAGE + 100, 10) == 0, "mlock: some bytes of a page");
    check(SYSCALL(MINCORE, m, 4 * PAGE, in) == 0 && (in[3] & 1) == 1, "mlock: bring it in");
    check(SYSCALL(MUNLOCK, m + 3 * PAGE, PAGE) == 0 && SYSCALL(MUNLOCK, m, 4 * PAGE) == 0, "munlock: more often than mlock is fine");
    munmap(m + 2 * PAGE, PAGE);
    check(refused(SYSCALL(MINCORE, m, 4 * PAGE, in), ENOMEM), "mincore: a hole is ENOMEM");
    check(refused(SYSCALL(MINCORE, m + 1, PAGE, in), EINVAL), "mincore: inside a page is EINVAL");
    check(refused(SYSCALL(MINCORE, m, PAGE, 16), EFAULT), "mincore: a bad vector is EFAULT");
    check(refused(SYSCALL(MLOCK, m + PAGE, 2 * PAGE), ENOMEM), "mlock: a hole is ENOMEM");
    check(refused(SYSCALL(MLOCKALL, 0), EINVAL), "mlockall: of nothing is EINVAL");
    check(SYSCALL(MUNLOCKALL) == 0, "munlockall");
    munmap(m, 4 * PAGE);
}

static void heap(void) {
    char *start = (char *)syscall_raw(SYS_brk, 0);
    char *page = (char *)(((uintptr_t)start + PAGE - 1) & -(uintptr_t)PAGE);
    check((char *)syscall_raw(SYS_brk, page + 2 * PAGE + 5) == page + 2 * PAGE + 5, "brk: to any byte");
    check(page[0] == 0 && page[2 * PAGE] == 0, "brk: new memory is zero");
    page[2 * PAGE] = 'h';
    check((char *)syscall_raw(SYS_brk, page + PAGE) == page + PAGE && !readable(page + 2 * PAGE), "brk: shrinking frees");
    syscall_raw(SYS_brk, page + 3 * PAGE);
    check(page[2 * PAGE] == 0, "brk: and what comes back is zero");
    char *wall = anon(page + 5 * PAGE, 1, MAP_PRIVATE | MAP_FIXED);
    check((char *)syscall_raw(SYS_brk, page + 9 * PAGE) == page + 3 * PAGE, "brk: stays before another mapping");
    munmap(wall, PAGE);
    syscall_raw(SYS_brk, start);
}

/* A child that shares this very stack may do no more than this. */
static int vfork_stores(volatile int *where) {
    int child;
    __asm__ volatile(
        "int $0x80\n\ttest %%eax, %%eax\n\tjnz 1f\n\tmovl $42, (%%ecx)\n\tmovl $1, %%eax\n\tmovl $7, %%ebx\n\tint $0x80\n1:"
        : "=a"(child) : "0"(VFORK), "c"(where) : "ebx", "memory", "cc");
    return child;
}

static void children(void) {
    char *m = anon(NULL, 2, MAP_PRIVATE);
    anon(m + PAGE, 1, MAP_SHARED | MAP_FIXED);
    m[0] = m[PAGE] = 'p';
    in_child(stores, m);
    check(m[0] == 'p', "fork: private memory is copied");
    check(m[PAGE] == 'c', "fork: shared memory is shared");
    volatile int seen = 0;
    int status = -1, child = vfork_stores(&seen);
    check(child > 0 && seen == 42, "vfork: the child runs first, in the same memory");
    check(waitpid(child, &status, 0) == child && status == 7 << 8, "vfork: and leaves a status");
    munmap(m, 2 * PAGE);
}

static void usage(void) {
    int before[18], after[18];
    char *m = anon(NULL, 16, MAP_PRIVATE);
    check(SYSCALL(GETRUSAGE, 0, before) == 0, "getrusage: of oneself");
    for (int i = 0; i < 16; i++) m[i * PAGE] = 1;
    SYSCALL(GETRUSAGE, 0, after);
    check(after[8] - before[8] >= 16, "getrusage: counts a minor fault per page touched");
    check(SYSCALL(GETRUSAGE, -1, after) == 0 && after[8] > 0, "getrusage: of children");
    check(refused(SYSCALL(GETRUSAGE, 5, after), EINVAL), "getrusage: of nobody is EINVAL");
    check(refused(SYSCALL(GETRUSAGE, 0, 16), EFAULT), "getrusage: a bad address is EFAULT");
    munmap(m, 16 * PAGE);
}

int main(void) {
    need(pipe(ends) == 0, "pipe");
    places();
    rights();
    moves();
    doubles();
    advice();
    kept_from_children();
    residence();
    heap();
    children();
    usage();
    return verdict("mapping");
}
