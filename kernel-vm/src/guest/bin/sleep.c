/* SPDX-License-Identifier: BSD-2-Clause */
/* sleep SECONDS[.FRACTION]: waits. */
#include "tool.h"

#include <ctype.h>
#include <time.h>

const char *const tool = "sleep";

int main(int argc, char **argv) {
    struct timespec left = {0, 0};
    char *end = argc == 2 ? argv[1] : "?";
    if (isdigit(*end) || *end == '.') {
        if (*end != '.') left.tv_sec = strtol(end, &end, 10);
        if (*end == '.')
            for (long unit = 100000000; isdigit(*++end); unit /= 10) left.tv_nsec += (*end - '0') * unit;
    }
    if (*end) return usage("SECONDS");
    while (nanosleep(&left, &left) < 0)
        if (errno != EINTR) return complain("nanosleep");
    return 0;
}
