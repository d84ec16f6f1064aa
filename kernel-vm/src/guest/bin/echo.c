/* SPDX-License-Identifier: BSD-2-Clause */
/* echo [-n] WORD...: the words, one space between them. */
#include "tool.h"

const char *const tool = "echo";

int main(int argc, char **argv) {
    bool newline = !(argc > 1 && strcmp(argv[1], "-n") == 0);
    for (int i = newline ? 1 : 2; i < argc; i++) {
        fputs(argv[i], stdout);
        if (i + 1 < argc) putchar(' ');
    }
    if (newline) putchar('\n');
    return finish(0);
}
