/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: handlers and names. */
#include "syscall.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

void signal_restorer(void);

/* The kernel's form of an action: 20 bytes. */
struct action {
    sighandler_t handler;
    unsigned flags;
    void (*restorer)(void);
    unsigned mask[2];
};

enum { SA_RESTORER = 0x04000000 };

sighandler_t signal(int number, sighandler_t handler) {
    struct action act = {handler, SA_RESTORER, signal_restorer, {0, 0}}, old;
    return SYSCALL(SYS_rt_sigaction, number, &act, &old, sizeof act.mask) < 0 ? SIG_ERR : old.handler;
}

int kill(pid_t pid, int number) { return SYSCALL(SYS_kill, pid, number); }

static const struct {
    const char *name, *text;
} SIGNALS[] = {
    {NULL, NULL},
    {"HUP", "Hangup"},
    {"INT", "Interrupt"},
    {"QUIT", "Quit"},
    {"ILL", "Illegal instruction"},
    {"TRAP", "Trace/breakpoint trap"},
    {"ABRT", "Aborted"},
    {"BUS", "Bus error"},
    {"FPE", "Floating point exception"},
    {"KILL", "Killed"},
    {"USR1", "User defined signal 1"},
    {"SEGV", "Segmentation fault"},
    {"USR2", "User defined signal 2"},
    {"PIPE", "Broken pipe"},
    {"ALRM", "Alarm clock"},
    {"TERM", "Terminated"},
    {"STKFLT", "Stack fault"},
    {"CHLD", "Child exited"},
    {"CONT", "Continued"},
    {"STOP", "Stopped (signal)"},
    {"TSTP", "Stopped"},
    {"TTIN", "Stopped (tty input)"},
    {"TTOU", "Stopped (tty output)"},
    {"URG", "Urgent I/O condition"},
    {"XCPU", "CPU time limit exceeded"},
    {"XFSZ", "File size limit exceeded"},
    {"VTALRM", "Virtual timer expired"},
    {"PROF", "Profiling timer expired"},
    {"WINCH", "Window changed"},
    {"IO", "I/O possible"},
    {"PWR", "Power failure"},
    {"SYS", "Bad system call"},
};

enum { KNOWN = sizeof SIGNALS / sizeof SIGNALS[0] };

const char *signal_name(int number) { return number > 0 && number < KNOWN ? SIGNALS[number].name : NULL; }

const char *signal_text(int number) { return number > 0 && number < KNOWN ? SIGNALS[number].text : "Unknown signal"; }

int signal_by_name(const char *name) {
    if (isdigit(*name)) {
        char *end;
        long number = strtol(name, &end, 10);
        return *end || number < 0 || number > 64 ? -1 : (int)number;
    }
    if (strncmp(name, "SIG", 3) == 0) name += 3;
    for (int i = 1; i < KNOWN; i++)
        if (strcmp(name, SIGNALS[i].name) == 0) return i;
    return -1;
}
