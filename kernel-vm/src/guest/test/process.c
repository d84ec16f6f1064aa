/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes: what exec passes on, what descriptors survive, how children end and are waited for, pipes between them. */
#include "check.h"

#include <fcntl.h>
#include <signal.h>

static const char *self;
static char *const environment[] = {"ONE=1", "TWO=two words", NULL};

static int exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

/* ---- what the program does when it is run with "exec": checks what it was given */

static int as_executed(int argc, char **argv) {
    char c;
    int open_fd = atoi(argv[2]), closed_fd = atoi(argv[3]);
    int good = argc == 6 && strcmp(argv[4], "") == 0 && strcmp(argv[5], "last argument") == 0 && argv[6] == NULL;
    good = good && getenv("ONE") && strcmp(getenv("TWO"), "two words") == 0 && environ[2] == NULL;
    good = good && read(open_fd, &c, 1) == 1 && c == 'p';
    good = good && fcntl(closed_fd, F_GETFD) < 0 && errno == EBADF;
    return good ? 42 : 1;
}

static int executes(void *unused) {
    (void)unused;
    int ends[2], closing;
    char open_text[12], closed_text[12];
    need(pipe(ends) == 0 && write(ends[1], "p", 1) == 1, "pipe");
    closing = open("/", O_RDONLY | O_CLOEXEC);
    need(closing >= 0, "open /");
    snprintf(open_text, sizeof open_text, "%d", ends[0]);
    snprintf(closed_text, sizeof closed_text, "%d", closing);
    char *argv[] = {"process", "exec", open_text, closed_text, "", "last argument", NULL};
    execve(self, argv, environment);
    return 2;
}

static int fails_to_execute(void *unused) {
    (void)unused;
    char *argv[] = {"x", NULL};
    if (execve("/no/such/file", argv, environment) != -1 || errno != ENOENT) return 1;
    if (execve("/", argv, environment) != -1 || errno != EACCES) return 2;
    return 0;
}

/* ---- children and their ends */

static int exits_with(void *code) { return (int)code; }

static int kills_itself(void *number) {
    kill(getpid(), (int)number);
    sleep(5); /* long enough for any signal */
    return 0;
}

static void ends(void) {
    int good = 1;
    for (int code = 0; code < 256; code += 51) good &= exited_with(in_child(exits_with, (void *)code), code);
    check(good, "exit statuses");
    int killed = in_child(kills_itself, (void *)SIGKILL);
    check(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL, "killed by SIGKILL");
    killed = in_child(kills_itself, (void *)SIGTERM);
    check(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGTERM, "killed by SIGTERM");
    errno = 0;
    check(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "no children: ECHILD");
}

static void not_yet(void) {
    int gate[2], status = -1;
    need(pipe(gate) == 0, "pipe");
    fflush(stdout);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) {
        char c;
        close(gate[1]);
        _exit(read(gate[0], &c, 1) == 0 ? 9 : 1); /* the end of the file, when the parent closes */
    }
    check(waitpid(child, &status, WNOHANG) == 0, "WNOHANG: a child that runs");
    close(gate[0]);
    close(gate[1]);
    check(waitpid(child, &status, 0) == child && exited_with(status, 9), "wait4 sleeps until it ends; a closed pipe wakes it");
}

static void many(void) {
    enum { COUNT = 40 };
    int sum = 0, status;
    fflush(stdout);
    for (int i = 0; i < COUNT; i++) {
        pid_t child = fork();
        need(child >= 0, "fork");
        if (child == 0) _exit(i);
    }
    for (int i = 0; i < COUNT; i++) {
        need(waitpid(-1, &status, 0) > 0 && WIFEXITED(status), "wait4 for any");
        sum += WEXITSTATUS(status);
    }
    check(sum == COUNT * (COUNT - 1) / 2, "forty children, each waited for once");
}

/* ---- pipes */

enum { BYTES = 300000 };

/* More than a pipe holds, so writer and reader must take turns. */
static void long_pipe(void) {
    int data[2], status, good = 1;
    need(pipe(data) == 0, "pipe");
    fflush(stdout);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) {
        static unsigned char block[7000];
        close(data[0]);
        for (int at = 0; at < BYTES;) {
            int n = BYTES - at < (int)sizeof block ? BYTES - at : (int)sizeof block;
            for (int i = 0; i < n; i++) block[i] = (unsigned char)((at + i) % 251);
            for (int done = 0, k; done < n; done += k)
                if ((k = write(data[1], block + done, (size_t)(n - done))) <= 0) _exit(1);
            at += n;
        }
        _exit(0);
    }
    close(data[1]);
    static unsigned char block[3001];
    int at = 0;
    for (int n; (n = read(data[0], block, sizeof block)) > 0; at += n)
        for (int i = 0; i < n; i++) good &= block[i] == (at + i) % 251;
    close(data[0]);
    need(waitpid(child, &status, 0) == child, "wait4");
    check(good && at == BYTES && exited_with(status, 0), "300000 bytes through a pipe");
}

static int writes_to_nobody(void *unused) {
    (void)unused;
    int data[2];
    need(pipe(data) == 0, "pipe");
    close(data[0]);
    write(data[1], "x", 1);
    return 0;
}

static int writes_to_nobody_bravely(void *unused) {
    (void)unused;
    int data[2];
    signal(SIGPIPE, SIG_IGN);
    need(pipe(data) == 0, "pipe");
    close(data[0]);
    return write(data[1], "x", 1) == -1 && errno == EPIPE ? 0 : 1;
}

static void shared_offset(void) {
    int fd = open("process.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) fd = open("/tmp/process.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(fd >= 0, "process.tmp");
    unlink("process.tmp");
    unlink("/tmp/process.tmp");
    need(write(fd, "parent", 6) == 6, "write");
    fflush(stdout);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) _exit(write(fd, "child", 5) != 5);
    waitpid(child, NULL, 0);
    check(lseek(fd, 0, SEEK_CUR) == 11, "parent and child share the file's offset");
    close(fd);
}

int main(int argc, char **argv) {
    if (argc > 3 && strcmp(argv[1], "exec") == 0) return as_executed(argc, argv);
    static char path[64];
    snprintf(path, sizeof path, "%s%s", strchr(argv[0], '/') ? "" : "/test/", argv[0]);
    self = path;
    check(exited_with(in_child(executes, NULL), 42), "execve: arguments, environment, descriptors, close-on-exec");
    check(exited_with(in_child(fails_to_execute, NULL), 0), "execve that fails: ENOENT, EACCES, and the program goes on");
    ends();
    not_yet();
    many();
    long_pipe();
    int status = in_child(writes_to_nobody, NULL);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE, "a pipe without reader: SIGPIPE");
    check(exited_with(in_child(writes_to_nobody_bravely, NULL), 0), "SIGPIPE ignored: EPIPE");
    shared_offset();
    return verdict("process");
}
