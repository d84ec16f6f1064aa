/* SPDX-License-Identifier: BSD-2-Clause */
/* PASS and FAIL lines, and the exit status they add up to. */
#ifndef CHECK_H
#define CHECK_H
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;

static inline void check(int good, const char *what) {
    printf("%s %s\n", good ? "PASS" : "FAIL", what);
    failures += !good;
}

/* For what must hold before a test can go on. */
static inline void need(int good, const char *what) {
    if (good) return;
    int why = errno;
    printf("FAIL %s: %s\n", what, strerror(why));
    exit(1);
}

static inline int verdict(const char *program) {
    if (failures) printf("%s: %d checks FAILED\n", program, failures);
    else printf("%s: all PASS\n", program);
    return failures != 0;
}

/* Runs body(argument) in a child; gives the child's wait status. A child must not print what its parent buffered. */
static inline int in_child(int (*body)(void *), void *argument) {
    fflush(stdout);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) exit(body(argument));
    int status = -1;
    need(waitpid(child, &status, 0) == child, "wait4");
    return status;
}
#endif
