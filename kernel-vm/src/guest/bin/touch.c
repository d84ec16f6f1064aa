/* SPDX-License-Identifier: BSD-2-Clause */
/* touch FILE...: makes empty files; those that exist get the present time. */
#include "tool.h"

#include <sys/stat.h>

const char *const tool = "touch";

int main(int argc, char **argv) {
    int status = 0;
    if (argc < 2) return usage("FILE...");
    for (int i = 1; i < argc; i++) {
        if (utimes_now(argv[i]) == 0) continue;
        int fd = open(argv[i], O_WRONLY | O_CREAT, 0666);
        if (fd < 0) status = complain(argv[i]);
        else close(fd);
    }
    return status;
}
