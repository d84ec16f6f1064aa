/* SPDX-License-Identifier: BSD-2-Clause */
/* swapoff DISK...: brings back what is on these disks and uses them no more. */
#include "tool.h"

#include <sys/swap.h>

const char *const tool = "swapoff";

int main(int argc, char **argv) {
    int status = 0;
    if (argc == 1) return usage("DISK...");
    for (int i = 1; i < argc; i++)
        if (swapoff(argv[i]) < 0) status = complain(argv[i]);
    return status;
}
