/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs: found along PATH, run with execve; a file that is no program is read as a script. */
#include "sh.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

bool find_program(const char *name, char *path, size_t size) {
    const char *p = get_var("PATH");
    while (p) {
        const char *end = strchr(p, ':');
        int n = end ? end - p : (int)strlen(p);
        struct stat st;
        snprintf(path, size, "%.*s%s%s", n, p, n ? "/" : "", name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0) return true;
        p = end ? end + 1 : NULL;
    }
    return false;
}

/* Bytes of 0 at its start mean that it is a binary, for another machine. */
static bool looks_like_text(const char *path) {
    char head[64];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0) close(fd);
    return n >= 0 && !memchr(head, 0, (size_t)n);
}

static void run_as_script(const char *path, char **argv) {
    int count = 0;
    while (argv[count]) count++;
    shell_name = checked(strdup(path));
    set_parameters(count - 1, argv + 1);
    loop_depth = function_depth = guarded = 0;
    int status = run_file(path);
    leave(status < 0 ? 126 : status);
}

void exec_program(char **argv) {
    char found[PATH_MAX];
    const char *path = argv[0];
    bool given = strchr(path, '/') != NULL;
    if (!given) {
        if (!*path || !find_program(path, found, sizeof found)) {
            fprintf(stderr, "%s: %s: not found\n", shell_name, path);
            leave(127);
        }
        path = found;
    }
    execve(path, argv, make_environment());
    int why = errno;
    struct stat st;
    if (why == ENOEXEC && looks_like_text(path)) run_as_script(path, argv);
    if (why == EACCES && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) why = EISDIR;
    fprintf(stderr, "%s: %s: %s\n", shell_name, argv[0], why == ENOENT ? "not found" : strerror(why));
    leave(why == ENOENT || why == ENOTDIR ? 127 : 126);
}
