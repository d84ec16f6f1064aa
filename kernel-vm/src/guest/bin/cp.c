/* SPDX-License-Identifier: BSD-2-Clause */
/* cp FILE... TARGET: copies a file, or several into a directory. */
#include "tool.h"

#include <limits.h>
#include <sys/stat.h>

const char *const tool = "cp";

static int copy(const char *from, const char *to) {
    static char buf[16384];
    struct stat st, old;
    int in = open(from, O_RDONLY), status = 1;
    if (in < 0) return complain(from);
    if (fstat(in, &st) == 0 && stat(to, &old) == 0 && st.st_dev == old.st_dev && st.st_ino == old.st_ino) {
        fprintf(stderr, "%s: %s and %s are the same file\n", tool, from, to);
        close(in);
        return 1;
    }
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        close(in);
        return complain(from);
    }
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, (int)(st.st_mode & 0777));
    if (out < 0) {
        close(in);
        return complain(to);
    }
    for (;;) {
        ssize_t n = read(in, buf, sizeof buf);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) complain(from);
        if (n > 0 && write_all(out, buf, (size_t)n) < 0) {
            complain(to);
            break;
        }
        if (n == 0) status = 0;
        if (n <= 0) break;
    }
    close(in);
    if (close(out) < 0) status = complain(to);
    return status;
}

int main(int argc, char **argv) {
    struct stat st;
    int status = 0;
    if (argc < 3) return usage("FILE... TARGET");
    const char *target = argv[argc - 1];
    bool into = stat(target, &st) == 0 && S_ISDIR(st.st_mode);
    if (argc > 3 && !into) {
        errno = ENOTDIR;
        return complain(target);
    }
    for (int i = 1; i < argc - 1; i++) {
        char path[PATH_MAX];
        const char *slash = strrchr(argv[i], '/');
        snprintf(path, sizeof path, "%s/%s", target, slash ? slash + 1 : argv[i]);
        status |= copy(argv[i], into ? path : target);
    }
    return status;
}
