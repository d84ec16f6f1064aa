/* SPDX-License-Identifier: BSD-2-Clause */
/* Children: started, waited for, and those in the background remembered until somebody asks. */
#include "sh.h"

#include <signal.h>
#include <sys/wait.h>

struct job {
    struct job *next;
    pid_t pid;
    int status; /* -1: it runs */
};

pid_t last_background;
static struct job *jobs;

/* A child of the shell: as the shell, but not interactive and without its traps and jobs. */
pid_t fork_shell(void) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) shell_error("fork", strerror(errno));
    if (pid == 0) {
        child_signals(false);
        forget_jobs();
        interactive = false;
    }
    return pid;
}

static int status_of(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

static void report(int wait_status) {
    if (!WIFSIGNALED(wait_status)) return;
    int number = WTERMSIG(wait_status);
    if (number == SIGINT) {
        if (interactive) interrupted = 1;
    } else if (number != SIGPIPE) {
        fprintf(stderr, "%s%s\n", signal_text(number), wait_status & 0x80 ? " (core dumped)" : "");
    }
}

int wait_for(pid_t pid) {
    int status;
    for (;;) {
        pid_t ended = waitpid(pid, &status, 0);
        if (ended == pid && WIFSTOPPED(status)) continue;
        if (ended == pid) break;
        if (ended < 0 && errno != EINTR) return 127;
    }
    report(status);
    return status_of(status);
}

void add_job(pid_t pid) {
    struct job *j = checked(malloc(sizeof *j));
    sweep_jobs();
    *j = (struct job){jobs, pid, -1};
    jobs = j;
}

void forget_jobs(void) {
    while (jobs) {
        struct job *next = jobs->next;
        free(jobs);
        jobs = next;
    }
}

/* Takes in those that have ended, so that no zombies stay; their status is kept for "wait". */
void sweep_jobs(void) {
    int status, ended = 0;
    for (struct job **link = &jobs; *link;) {
        struct job *j = *link;
        if (j->status < 0 && waitpid(j->pid, &status, WNOHANG) == j->pid) j->status = status_of(status);
        if (j->status >= 0 && ++ended > 100) { /* nobody asks for so many */
            *link = j->next;
            free(j);
        } else {
            link = &j->next;
        }
    }
}

int wait_job(pid_t pid) {
    for (struct job **link = &jobs; *link; link = &(*link)->next) {
        struct job *j = *link;
        if (j->pid != pid) continue;
        int status = j->status >= 0 ? j->status : wait_for(pid);
        *link = j->next;
        free(j);
        return status;
    }
    return 127;
}

void wait_all_jobs(void) {
    while (jobs && !interrupted) wait_job(jobs->pid);
}
