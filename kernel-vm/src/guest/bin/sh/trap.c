/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: ^C at an interactive shell, and what "trap" sets. */
#include "sh.h"

#include <signal.h>

enum { SIGNALS = 32 };

volatile int interrupted;
static bool prepared;
static char *actions[SIGNALS]; /* 0 is EXIT; "" means ignored */
static volatile unsigned pending;

static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

static void on_trap(int number) { pending |= 1u << number; }

/* Every signal() here may fail: a kernel without signals still has a shell. */
void prepare_signals(void) {
    prepared = true;
    signal(SIGINT, on_interrupt);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGTSTP, SIG_IGN); /* children inherit it: without job control nobody could wake them */
}

void child_signals(bool background) {
    if (prepared) {
        signal(SIGINT, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        prepared = false;
    }
    for (int i = 0; i < SIGNALS; i++) {
        if (!actions[i] || !*actions[i]) continue;
        if (i > 0) signal(i, SIG_DFL);
        free(actions[i]);
        actions[i] = NULL;
    }
    pending = 0;
    if (background) {
        signal(SIGINT, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
    }
}

static void run_action(int number) {
    int status = last_status;
    enum skip outer = skip;
    char *copy = checked(strdup(actions[number])); /* the action may set another */
    skip = NO_SKIP;
    run_text(copy, false);
    free(copy);
    if (skip == NO_SKIP) skip = outer;
    last_status = status;
}

void run_traps(void) {
    static bool running;
    if (!pending || running) return;
    running = true;
    for (int i = 1; i < SIGNALS; i++) {
        if (!(pending >> i & 1)) continue;
        pending &= ~(1u << i);
        if (actions[i] && *actions[i]) run_action(i);
    }
    running = false;
}

bool has_exit_trap(void) { return actions[0] && *actions[0]; }

void run_exit_trap(void) {
    run_traps();
    if (!has_exit_trap()) return;
    char *action = actions[0];
    int status = last_status;
    actions[0] = NULL;
    skip = NO_SKIP;
    run_text(action, false);
    if (skip != SKIP_ABORT) last_status = status;
}

static void set_trap(int number, const char *action) {
    free(actions[number]);
    actions[number] = action ? checked(strdup(action)) : NULL;
    if (number == 0) return;
    if (!action && number == SIGINT && prepared) signal(number, on_interrupt);
    else signal(number, !action ? SIG_DFL : *action ? on_trap : SIG_IGN);
}

int builtin_trap(int argc, char **argv) {
    int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    if (first >= argc) {
        for (int i = 0; i < SIGNALS; i++)
            if (actions[i]) printf("trap -- '%s' %s\n", actions[i], i ? signal_name(i) : "EXIT");
        return 0;
    }
    const char *action = argv[first];
    bool reset = strcmp(action, "-") == 0 || (argc - first == 1 && signal_by_name(action) >= 0);
    if (strcmp(action, "-") == 0 || !reset) first++;
    int status = 0;
    for (int i = first; i < argc; i++) {
        int number = strcmp(argv[i], "EXIT") == 0 ? 0 : signal_by_name(argv[i]);
        if (number < 0 || number >= SIGNALS) {
            fprintf(stderr, "%s: trap: %s: no such signal\n", shell_name, argv[i]);
            status = 1;
        } else {
            set_trap(number, reset ? NULL : action);
        }
    }
    return status;
}
