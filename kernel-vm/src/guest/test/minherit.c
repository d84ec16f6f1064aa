/* SPDX-License-Identifier: BSD-2-Clause */
/* What a child gets of a mapping, changed after the fact: a call of our own, which Linux does not have. */
#include "check.h"
#include "syscall.h"

#include <sys/mman.h>

enum { PAGE = 4096, MINHERIT = 500, SHARE = 0, COPY = 1, NONE = 2 };

static char *anon(int flags) {
    char *m = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    need(m != MAP_FAILED, "mmap2");
    m[0] = m[PAGE] = 'p';
    return m;
}

static int stores(void *m) {
    char *c = m;
    int old = c[0];
    c[0] = 'c';
    return old;
}

static int touches(void *m) { return *(char *)m; }

int main(void) {
    char *m = anon(MAP_PRIVATE);
    if (SYSCALL(MINHERIT, m, 2 * PAGE, SHARE) < 0 && errno == ENOSYS) {
        check(1, "this kernel has no minherit");
        return verdict("minherit");
    }
    check(in_child(stores, m) == 'p' << 8 && m[0] == 'c', "SHARE: the child's store is seen");
    check(SYSCALL(MINHERIT, m, 2 * PAGE, COPY) == 0, "COPY: again");
    check(in_child(stores, m + PAGE) == 'p' << 8 && m[PAGE] == 'p', "COPY: the child's store is its own");
    check(SYSCALL(MINHERIT, m, PAGE, NONE) == 0, "NONE: of one page");
    check((in_child(touches, m) & 0x7f) == 11, "NONE: the child has nothing there");
    check(in_child(touches, m + PAGE) == 'p' << 8, "NONE: but the page behind it");
    char *s = anon(MAP_SHARED);
    check(in_child(stores, s) == 'p' << 8 && s[0] == 'c', "shared memory is shared");
    check(SYSCALL(MINHERIT, s, 2 * PAGE, COPY) == 0, "COPY: of shared memory");
    check(in_child(stores, s + PAGE) == 'p' << 8 && s[PAGE] == 'p', "COPY: the child has a copy");
    check(SYSCALL(MINHERIT, s, PAGE, 3) == -1 && errno == EINVAL, "another kind is EINVAL");
    check(SYSCALL(MINHERIT, s + 1, PAGE, COPY) == -1 && errno == EINVAL, "inside a page is EINVAL");
    return verdict("minherit");
}
