/* SPDX-License-Identifier: BSD-2-Clause */
/* What every little tool does: complain with a name and errno, copy a stream, take a file apart by lines. */
#ifndef TOOL_H
#define TOOL_H
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char *const tool; /* each program defines its name */

/* "tool: what: why", and 1, which is the status to end with. */
static inline int complain(const char *what) {
    int why = errno;
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n", tool, what, strerror(why));
    return 1;
}

static inline int usage(const char *text) {
    fprintf(stderr, "usage: %s %s\n", tool, text);
    return 2;
}

/* Takes leading options, each a letter of `letters`, into the bit set *found. The index of the first operand, or -1. */
static inline int options(int argc, char **argv, const char *letters, unsigned *found) {
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) return i + 1;
        for (const char *o = argv[i] + 1; *o; o++) {
            const char *at = strchr(letters, *o);
            if (!at) return -1;
            *found |= 1u << (at - letters);
        }
    }
    return i;
}

/* Writes all of it, through short writes. */
static inline int write_all(int fd, const char *from, size_t n) {
    while (n) {
        ssize_t done = write(fd, from, n);
        if (done < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

/* Ends with standard output written; a failure there is one, too. */
static inline int finish(int status) {
    if (fflush(stdout) == 0) return status;
    return complain("standard output");
}
#endif
