/* SPDX-License-Identifier: BSD-2-Clause */
/* kill [-SIGNAL] PID...: sends a signal (TERM), by name or number; kill -l lists them. */
#include "tool.h"

#include <signal.h>

const char *const tool = "kill";

int main(int argc, char **argv) {
    int number = SIGTERM, first = 1, status = 0;
    if (argc == 2 && strcmp(argv[1], "-l") == 0) {
        for (int i = 1; signal_name(i); i++) printf("%2d %s\n", i, signal_name(i));
        return finish(0);
    }
    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        number = signal_by_name(argv[2]);
        first = 3;
    } else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
        number = signal_by_name(argv[1] + 1);
        first = 2;
    }
    if (first < argc && strcmp(argv[first], "--") == 0) first++;
    if (number < 0 || first >= argc) return usage("[-SIGNAL] PID...");
    for (int i = first; i < argc; i++) {
        char *end;
        long pid = strtol(argv[i], &end, 10);
        if (*end || end == argv[i]) {
            fprintf(stderr, "kill: %s: not a process number\n", argv[i]);
            status = 1;
        } else if (kill(pid, number) < 0) {
            status = complain(argv[i]);
        }
    }
    return status;
}
