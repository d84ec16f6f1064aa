/* SPDX-License-Identifier: BSD-2-Clause */
/* rmdir DIRECTORY...: removes empty directories. */
#include "tool.h"

const char *const tool = "rmdir";

int main(int argc, char **argv) {
    int status = 0;
    if (argc < 2) return usage("DIRECTORY...");
    for (int i = 1; i < argc; i++)
        if (rmdir(argv[i]) < 0) status = complain(argv[i]);
    return status;
}
