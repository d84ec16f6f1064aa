/* SPDX-License-Identifier: BSD-2-Clause */
/* seq [FIRST [STEP]] LAST: whole numbers, one per line. */
#include "tool.h"

const char *const tool = "seq";

int main(int argc, char **argv) {
    long v[3], first = 1, step = 1, last;
    if (argc < 2 || argc > 4) return usage("[FIRST [STEP]] LAST");
    for (int i = 1; i < argc; i++) {
        char *end;
        v[i - 1] = strtol(argv[i], &end, 10);
        if (*end || end == argv[i]) return usage("[FIRST [STEP]] LAST");
    }
    if (argc > 2) first = v[0];
    if (argc > 3) step = v[1];
    last = v[argc - 2];
    if (step == 0) return usage("[FIRST [STEP]] LAST, STEP not 0");
    for (long i = first; step > 0 ? i <= last : i >= last; i += step) printf("%ld\n", i);
    return finish(0);
}
