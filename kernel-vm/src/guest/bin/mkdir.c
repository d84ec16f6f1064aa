/* SPDX-License-Identifier: BSD-2-Clause */
/* mkdir [-p] DIRECTORY...: makes directories; -p also those on the way, and never minds that they exist. */
#include "tool.h"

#include <sys/stat.h>

const char *const tool = "mkdir";

static int make(char *path, bool parents) {
    if (parents) {
        for (char *slash = path + 1; *path && (slash = strchr(slash, '/')); slash++) {
            *slash = 0;
            int bad = mkdir(path, 0777);
            *slash = '/';
            if (bad && errno != EEXIST) return -1;
        }
    }
    struct stat st;
    if (mkdir(path, 0777) == 0) return 0;
    return parents && errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : -1;
}

int main(int argc, char **argv) {
    unsigned parents = 0;
    int first = options(argc, argv, "p", &parents), status = 0;
    if (first < 0 || first >= argc) return usage("[-p] DIRECTORY...");
    for (int i = first; i < argc; i++)
        if (make(argv[i], parents) < 0) status = complain(argv[i]);
    return status;
}
