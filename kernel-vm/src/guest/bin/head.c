/* SPDX-License-Identifier: BSD-2-Clause */
/* head [-n LINES | -LINES] [FILE...]: the first lines (10) of each file. */
#include "tool.h"

#include <ctype.h>

const char *const tool = "head";

static int show(FILE *f, long lines, const char *name) {
    int c;
    while (lines > 0 && (c = fgetc(f)) != EOF) {
        putchar(c);
        if (c == '\n') lines--;
    }
    return ferror(f) ? complain(name) : 0;
}

int main(int argc, char **argv) {
    long lines = 10;
    int first = 1, status = 0;
    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        lines = atoi(argv[2]);
        first = 3;
    } else if (argc > 1 && argv[1][0] == '-' && isdigit(argv[1][1])) {
        lines = atoi(argv[1] + 1);
        first = 2;
    } else if (argc > 1 && argv[1][0] == '-' && argv[1][1]) {
        return usage("[-n LINES] [FILE...]");
    }
    if (first >= argc) return finish(show(stdin, lines, "standard input"));
    for (int i = first; i < argc; i++) {
        FILE *f = fopen(argv[i], "r");
        if (!f) {
            status |= complain(argv[i]);
            continue;
        }
        if (argc - first > 1) printf("%s==> %s <==\n", i > first ? "\n" : "", argv[i]);
        status |= show(f, lines, argv[i]);
        fclose(f);
    }
    return finish(status);
}
