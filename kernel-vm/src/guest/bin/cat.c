/* SPDX-License-Identifier: BSD-2-Clause */
/* cat [FILE...]: the files' bytes, one after the other; "-" and nothing mean standard input. */
#include "tool.h"

const char *const tool = "cat";

static int copy(int from, const char *name) {
    static char buf[16384];
    for (;;) {
        ssize_t n = read(from, buf, sizeof buf);
        if (n == 0) return 0;
        if (n < 0) {
            if (errno == EINTR) continue;
            return complain(name);
        }
        if (write_all(1, buf, (size_t)n) < 0) exit(complain("standard output"));
    }
}

int main(int argc, char **argv) {
    if (argc < 2) return copy(0, "standard input");
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-") == 0) {
            status |= copy(0, "standard input");
            continue;
        }
        int fd = open(argv[i], O_RDONLY);
        if (fd < 0) {
            status |= complain(argv[i]);
            continue;
        }
        status |= copy(fd, argv[i]);
        close(fd);
    }
    return status;
}
