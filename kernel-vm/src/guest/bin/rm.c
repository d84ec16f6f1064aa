/* SPDX-License-Identifier: BSD-2-Clause */
/* rm [-rf] FILE...: removes files; -r also directories with what is in them; -f without complaint about absent ones. */
#include "tool.h"

#include <dirent.h>
#include <sys/stat.h>

const char *const tool = "rm";

enum { RECURSIVE = 1, FORCE = 2 };

static int remove_path(const char *path, unsigned how);

static int remove_content(const char *path, unsigned how) {
    DIR *dir = opendir(path);
    if (!dir) return complain(path);
    int status = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        size_t length = strlen(path) + strlen(e->d_name) + 2;
        char *inner = malloc(length);
        if (!inner) {
            status = complain(path);
            break;
        }
        snprintf(inner, length, "%s/%s", path, e->d_name);
        status |= remove_path(inner, how);
        free(inner);
    }
    closedir(dir);
    return status;
}

static int remove_path(const char *path, unsigned how) {
    struct stat st;
    if (lstat(path, &st) < 0) return (how & FORCE) && errno == ENOENT ? 0 : complain(path);
    if (!S_ISDIR(st.st_mode)) return unlink(path) < 0 ? complain(path) : 0;
    if (!(how & RECURSIVE)) {
        errno = EISDIR;
        return complain(path);
    }
    int status = remove_content(path, how);
    return rmdir(path) < 0 ? complain(path) : status;
}

int main(int argc, char **argv) {
    unsigned how = 0;
    int first = options(argc, argv, "rf", &how), status = 0;
    if (first < 0 || (first >= argc && !(how & FORCE))) return usage("[-rf] FILE...");
    for (int i = first; i < argc; i++) status |= remove_path(argv[i], how);
    return status;
}
