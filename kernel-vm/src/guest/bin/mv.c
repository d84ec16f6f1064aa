/* SPDX-License-Identifier: BSD-2-Clause */
/* mv FILE... TARGET: renames a file, or moves several into a directory. */
#include "tool.h"

#include <limits.h>
#include <sys/stat.h>

const char *const tool = "mv";

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
        if (rename(argv[i], into ? path : target) < 0) status = complain(argv[i]);
    }
    return status;
}
