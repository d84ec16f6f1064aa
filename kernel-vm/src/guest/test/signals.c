/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: a handler runs and the interrupted code goes on unharmed; calls are interrupted; ignored ones are not seen. */
#include "check.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

static volatile int seen, count;

static void note(int number) {
    seen = number;
    count++;
}

/* The registers and flags around a signal that comes in the middle: kill(self) by int 0x80, everything else must stay. */
static int registers_survive(void) {
    uint32_t bx, cx, dx, si, di, carry;
    __asm__ volatile("stc\n\tint $0x80\n\tsbbl %%eax, %%eax"
                     : "=b"(bx), "=c"(cx), "=d"(dx), "=S"(si), "=D"(di), "=a"(carry)
                     : "a"(37), "b"(getpid()), "c"(SIGUSR1), "d"(0x11223344), "S"(0x55667788), "D"(0x99aabbcc)
                     : "memory", "cc");
    return bx == (uint32_t)getpid() && cx == SIGUSR1 && dx == 0x11223344 && si == 0x55667788 && di == 0x99aabbcc &&
           carry == 0xffffffff;
}

static int child_signals_parent(void *unused) {
    (void)unused;
    struct timespec wait = {0, 50000000};
    nanosleep(&wait, NULL);
    kill(getppid(), SIGUSR2);
    return 0;
}

static void interrupted_read(void) {
    int never[2];
    char c;
    need(pipe(never) == 0, "pipe");
    fflush(stdout);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) _exit(child_signals_parent(NULL));
    seen = 0;
    errno = 0;
    check(read(never[0], &c, 1) == -1 && errno == EINTR && seen == SIGUSR2, "read() of an empty pipe: EINTR");
    waitpid(child, NULL, 0);
    close(never[0]);
    close(never[1]);
}

static void interrupted_sleep(void) {
    struct timespec wait = {10, 0}, rest = {0, 0};
    fflush(stdout);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) _exit(child_signals_parent(NULL));
    errno = 0;
    check(nanosleep(&wait, &rest) == -1 && errno == EINTR && rest.tv_sec == 9, "nanosleep(): EINTR, with the rest");
    waitpid(child, NULL, 0);
}

/* A handler that mends the mapping: the store that faulted is done again. */
static char *page;

static void mend(int number) {
    note(number);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void mended_fault(void) {
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(page != MAP_FAILED, "mmap2");
    signal(SIGSEGV, mend);
    count = 0;
    *(volatile char *)(page + 7) = 'm';
    check(count == 1 && seen == SIGSEGV && page[7] == 'm', "SIGSEGV caught and mended: the store is done again");
    signal(SIGSEGV, SIG_DFL);
}

int main(void) {
    if (signal(SIGUSR1, note) == SIG_ERR) {
        printf("SKIP this kernel has no signal handlers\n");
        return 0;
    }
    signal(SIGUSR2, note);
    kill(getpid(), SIGUSR1);
    check(seen == SIGUSR1 && count == 1, "the handler runs before kill() returns");
    check(registers_survive() && count == 2, "registers and flags survive a handler");
    check(signal(SIGUSR1, SIG_IGN) == note, "the old handler is told");
    kill(getpid(), SIGUSR1);
    check(count == 2, "an ignored signal is not seen");
    interrupted_read();
    interrupted_sleep();
    mended_fault();
    for (int i = 0; i < 1000; i++) kill(getpid(), SIGUSR2);
    check(count == 1001, "a thousand signals, a thousand handlers");
    return verdict("signals");
}
