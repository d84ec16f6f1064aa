/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init, process 1: gives the machine a shell on its console, a new one whenever it ends, and takes in orphans.
 *
 *   init              /bin/sh as login shell, again and again. SIGUSR2 (poweroff) or SIGTERM ends init with status 0. If five
 *                     shells in a row end within a second each (as on a console at its end of file), init gives up: 1.
 *   init PROGRAM ARG  runs that program instead and ends with its status (128 + signal if one killed it).
 *
 * When init ends, the machine does.
 */
#include "tool.h"

#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

const char *const tool = "init";

enum { HASTY = 5 };

static void power_off(int number) {
    static const char TEXT[] = "init: power off\n";
    (void)number;
    write(1, TEXT, sizeof TEXT - 1);
    _exit(0);
}

static void open_console(void) {
    if (fcntl(0, F_GETFD) >= 0 && fcntl(1, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0) return;
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);
    if (fd < 0) fd = open("/dev/null", O_RDWR);
    if (fd < 0) return;
    for (int want = 0; want < 3; want++)
        if (fcntl(want, F_GETFD) < 0) dup2(fd, want);
    if (fd > 2) close(fd);
}

/* A new session with the console as its terminal, so that ^C reaches the shell and its children, not init. */
static void take_terminal(void) {
    setsid();
    ioctl(0, TIOCSCTTY, 1); /* ENOTTY where the console is a file */
}

static pid_t start(const char *path, char **argv) {
    static char *environment[] = {"PATH=/bin:/test", "HOME=/", "TERM=vt100", "PS1=# ", "USER=root", "SHELL=/bin/sh", NULL};
    pid_t pid = fork();
    if (pid != 0) return pid;
    take_terminal();
    execve(path, argv, environment);
    int status = errno == ENOENT ? 127 : 126;
    complain(path);
    exit(status);
}

/* Waits for the one child that matters; all others that end meanwhile are orphans. */
static int await(pid_t child) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (pid < 0 && errno != EINTR) return 1;
    }
}

static int run_program(char **argv) {
    char path[256];
    snprintf(path, sizeof path, "%s", argv[0]);
    if (!strchr(argv[0], '/')) { /* as along PATH */
        snprintf(path, sizeof path, "/bin/%s", argv[0]);
        if (access(path, X_OK) < 0) snprintf(path, sizeof path, "/test/%s", argv[0]);
    }
    pid_t pid = start(path, argv);
    if (pid < 0) return complain("fork");
    return await(pid);
}

static long seconds(void) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static int run_shells(void) {
    static char *shell[] = {"-sh", NULL};
    for (int hasty = 0; hasty < HASTY;) {
        long began = seconds();
        pid_t pid = start("/bin/sh", shell);
        if (pid < 0) return complain("fork");
        int status = await(pid);
        hasty = seconds() - began < 1 ? hasty + 1 : 0;
        printf("init: the shell ended with status %d\n", status);
        fflush(stdout);
    }
    printf("init: it does so at once, giving up\n");
    return finish(1);
}

int main(int argc, char **argv) {
    open_console();
    signal(SIGUSR2, power_off);
    signal(SIGTERM, power_off);
    return argc > 1 ? run_program(argv + 1) : run_shells();
}
