/* SPDX-License-Identifier: BSD-2-Clause */
/* chmod OCTAL FILE...: sets the mode. */
#include "tool.h"

#include <sys/stat.h>

const char *const tool = "chmod";

int main(int argc, char **argv) {
    char *end = "?";
    unsigned long mode = argc > 2 ? strtoul(argv[1], &end, 8) : 0;
    int status = 0;
    if (*end || mode > 07777) return usage("OCTAL FILE...");
    for (int i = 2; i < argc; i++)
        if (chmod(argv[i], (mode_t)mode) < 0) status = complain(argv[i]);
    return status;
}
