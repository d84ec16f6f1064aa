/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults the kernel must refuse: each case runs in a child, whose wait status must name the right signal.
 * "segv CASE" dies of that case itself.
 */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static char *map(int rights) {
    char *m = mmap(NULL, PAGE, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(m != MAP_FAILED, "mmap2");
    return m;
}

static int __attribute__((noinline)) peek(const volatile char *where) { return *where; }
static void __attribute__((noinline)) poke(volatile char *where) { *where = 1; }

static void null_read(void) { peek((const char *)0x10); }
static void null_write(void) { poke((char *)0x10); }
static void text_write(void) { poke((char *)text_write); }
static void jump_nowhere(void) { ((void (*)(void))0x20000000)(); }
static void read_only(void) { poke(map(PROT_READ)); }
static void no_rights(void) { peek(map(PROT_NONE)); }
static void kernel_read(void) { peek((const char *)0xc0001000); }

static void protected_later(void) {
    char *m = map(PROT_READ | PROT_WRITE);
    poke(m);
    mprotect(m, PAGE, PROT_READ);
    poke(m);
}

static void unmapped(void) {
    char *m = map(PROT_READ | PROT_WRITE);
    poke(m);
    munmap(m, PAGE);
    peek(m);
}

static void beyond_file(void) {
    const char *path = "segv.tmp";
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) fd = open(path = "/tmp/segv.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(fd >= 0, path);
    unlink(path);
    need(write(fd, "x", 1) == 1, "write");
    char *m = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    need(m != MAP_FAILED && peek(m) == 'x', "mmap2");
    peek(m + PAGE);
}

static void divide(void) { __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : : "a"(1), "d"(0) : "ecx"); }
static void illegal(void) { __asm__ volatile("ud2"); }
static void privileged(void) { __asm__ volatile("hlt"); }

static const struct {
    const char *name;
    void (*run)(void);
    int signal;
    const char *what;
} CASES[] = {
    {"null", null_read, SIGSEGV, "read at address 16: SIGSEGV"},
    {"nullwrite", null_write, SIGSEGV, "write at address 16: SIGSEGV"},
    {"text", text_write, SIGSEGV, "write to the program's text: SIGSEGV"},
    {"jump", jump_nowhere, SIGSEGV, "jump to unmapped memory: SIGSEGV"},
    {"readonly", read_only, SIGSEGV, "write to a read-only page: SIGSEGV"},
    {"none", no_rights, SIGSEGV, "read of a page without rights: SIGSEGV"},
    {"mprotect", protected_later, SIGSEGV, "write to a dirty page made read-only: SIGSEGV"},
    {"munmap", unmapped, SIGSEGV, "read of a page given back: SIGSEGV"},
    {"kernel", kernel_read, SIGSEGV, "read of the kernel's addresses: SIGSEGV"},
    {"eof", beyond_file, SIGBUS, "mapped page beyond the end of the file: SIGBUS"},
    {"divide", divide, SIGFPE, "division by zero: SIGFPE"},
    {"illegal", illegal, SIGILL, "undefined instruction: SIGILL"},
    {"privileged", privileged, SIGSEGV, "privileged instruction: SIGSEGV"},
};

enum { COUNT = sizeof CASES / sizeof CASES[0] };

static int run_case(void *number) {
    CASES[(int)number].run();
    return 0;
}

int main(int argc, char **argv) {
    for (int i = 0; i < COUNT; i++) {
        if (argc > 1) {
            if (strcmp(argv[1], CASES[i].name) == 0) {
                CASES[i].run();
                printf("FAIL survived: %s\n", CASES[i].what);
                return 1;
            }
            continue;
        }
        int status = in_child(run_case, (void *)i);
        int good = WIFSIGNALED(status) && WTERMSIG(status) == CASES[i].signal;
        check(good, CASES[i].what);
        if (!good) printf("     wait status is 0x%x\n", status);
    }
    if (argc > 1) {
        fprintf(stderr, "usage: segv [");
        for (int i = 0; i < COUNT; i++) fprintf(stderr, "%s%s", i ? " | " : "", CASES[i].name);
        fprintf(stderr, "]\n");
        return 2;
    }
    return verdict("segv");
}
