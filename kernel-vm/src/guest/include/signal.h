/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIGNAL_H
#define SIGNAL_H
#include <sys/types.h>
#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
typedef void (*sighandler_t)(int);
#define SIG_DFL ((sighandler_t)0)
#define SIG_IGN ((sighandler_t)1)
#define SIG_ERR ((sighandler_t)-1)
/* Handlers interrupt a blocking call (EINTR): no SA_RESTART, so that a prompt can be given up. */
sighandler_t signal(int number, sighandler_t handler);
int kill(pid_t pid, int number);
int signal_by_name(const char *name);     /* "TERM", "SIGTERM" or "15"; -1 if there is none */
const char *signal_name(int number);      /* "TERM"; NULL if there is none */
const char *signal_text(int number);      /* "Segmentation fault" */
#endif
