/* SPDX-License-Identifier: BSD-2-Clause */
/* Redirections, and the way back from them. */
#include "sh.h"

#include <ctype.h>
#include <fcntl.h>

enum { FIRST_PRIVATE = 10, PIPE_ROOM = 4096 };

/* The same file under a number that commands do not use. */
int move_high(int fd) {
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_PRIVATE);
    if (high < 0) return fd;
    close(fd);
    return high;
}

static bool complain(const char *what) {
    int why = errno;
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n", shell_name, what, strerror(why));
    return false;
}

static void save(int fd, struct saved_fd **saved) {
    for (const struct saved_fd *s = *saved; s; s = s->next)
        if (s->fd == fd) return;
    struct saved_fd *s = checked(malloc(sizeof *s));
    *s = (struct saved_fd){*saved, fd, fcntl(fd, F_DUPFD_CLOEXEC, FIRST_PRIVATE)};
    *saved = s;
}

void restore_fds(struct saved_fd *saved) {
    while (saved) {
        struct saved_fd *next = saved->next;
        if (saved->copy >= 0) {
            dup2(saved->copy, saved->fd);
            close(saved->copy);
        } else {
            close(saved->fd);
        }
        free(saved);
        saved = next;
    }
}

/* The text behind a pipe: as much as fits at once, or written by a child. */
static int open_here_document(const char *text) {
    int ends[2];
    size_t n = strlen(text);
    if (pipe(ends) < 0) return -1;
    pid_t child = n <= PIPE_ROOM ? -1 : fork_shell();
    if (child == 0 || n <= PIPE_ROOM) {
        if (child == 0) close(ends[0]);
        while (n) {
            ssize_t done = write(ends[1], text, n);
            if (done <= 0) break;
            text += done;
            n -= (size_t)done;
        }
        if (child == 0) _exit(0);
    }
    close(ends[1]);
    if (child > 0) add_job(child);
    return ends[0];
}

static int open_file(const struct redirect *r, const char *path) {
    static const int FLAGS[] = {
        [FROM] = O_RDONLY,
        [TO] = O_WRONLY | O_CREAT | O_TRUNC,
        [APPEND] = O_WRONLY | O_CREAT | O_APPEND,
        [READ_WRITE] = O_RDWR | O_CREAT,
    };
    return open(path, FLAGS[r->kind], 0666);
}

static bool duplicate(int fd, const char *from) {
    if (strcmp(from, "-") == 0) {
        close(fd);
        return true;
    }
    for (const char *c = from; *c || c == from; c++)
        if (!isdigit(*c)) {
            fprintf(stderr, "%s: %s: not a file descriptor\n", shell_name, from);
            return false;
        }
    return dup2(atoi(from), fd) >= 0 ? true : complain(from);
}

bool redirect(const struct redirect *r, struct saved_fd **saved) {
    for (; r; r = r->next) {
        char *word = r->kind != HERE ? expand_to_text(r->word) : r->literal ? r->word : expand_here_document(r->word);
        if (skip == SKIP_ABORT) return false;
        fflush(stdout);
        if (r->kind == DUPLICATE) {
            if (saved) save(r->fd, saved);
            if (!duplicate(r->fd, word)) return false;
            continue;
        }
        int fd = r->kind == HERE ? open_here_document(word) : open_file(r, word);
        if (fd < 0) return complain(r->kind == HERE ? "here-document" : word);
        if (fd == r->fd) {
            if (!saved) continue;
            struct saved_fd *s = checked(malloc(sizeof *s)); /* it was closed before */
            *s = (struct saved_fd){*saved, fd, -1};
            *saved = s;
            continue;
        }
        if (saved) save(r->fd, saved);
        dup2(fd, r->fd);
        close(fd);
    }
    return true;
}
