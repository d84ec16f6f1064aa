/* SPDX-License-Identifier: BSD-2-Clause */
/* swapon DISK...: pages may go to these disks, which mkswap has prepared; without operands shows those in use. */
#include "tool.h"

#include <sys/swap.h>

const char *const tool = "swapon";

static int show(void) {
    FILE *f = fopen("/proc/swaps", "r");
    if (!f) return complain("/proc/swaps");
    for (int c; (c = fgetc(f)) != EOF;) putchar(c);
    fclose(f);
    return 0;
}

int main(int argc, char **argv) {
    int status = 0;
    if (argc == 1) return show();
    for (int i = 1; i < argc; i++)
        if (swapon(argv[i], 0) < 0) status = complain(argv[i]);
    return status;
}
