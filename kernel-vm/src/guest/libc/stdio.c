/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffered streams: standard output is flushed per line on a terminal, standard error after every call. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNKNOWN, FULL, LINE, NONE }; /* FILE.mode: when to write out; UNKNOWN asks at the first byte */

static FILE streams[] = {{.fd = 0}, {.fd = 1, .writing = 1}, {.fd = 2, .writing = 1, .mode = NONE}};
FILE *const stdin = &streams[0], *const stdout = &streams[1], *const stderr = &streams[2];

FILE *fopen(const char *path, const char *mode) {
    int writing = mode[0] != 'r';
    int flags = mode[0] == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (mode[0] == 'a' ? O_APPEND : O_TRUNC);
    int fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0) return NULL;
    FILE *f = calloc(1, sizeof *f);
    if (!f) {
        close(fd);
        return NULL;
    }
    f->fd = fd;
    f->writing = (unsigned char)writing;
    return f;
}

int fclose(FILE *f) {
    int bad = fflush(f);
    bad |= close(f->fd);
    if (f < streams || f > stderr) free(f);
    return bad ? EOF : 0;
}

int fflush(FILE *f) {
    if (!f->writing) return 0;
    for (size_t done = 0; done < f->len;) {
        ssize_t n = write(f->fd, f->buf + done, f->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            f->error = 1;
            break;
        }
        done += (size_t)n;
    }
    f->len = 0;
    return f->error ? EOF : 0;
}

int ferror(FILE *f) { return f->error; }

int fgetc(FILE *f) {
    if (f->pos == f->len) {
        ssize_t n;
        do
            n = f->eof ? 0 : read(f->fd, f->buf, sizeof f->buf);
        while (n < 0 && errno == EINTR);
        if (n < 0) f->error = 1;
        if (n <= 0) {
            f->eof = 1;
            return EOF;
        }
        f->pos = 0;
        f->len = (size_t)n;
    }
    return (unsigned char)f->buf[f->pos++];
}

char *fgets(char *line, int size, FILE *f) {
    int n = 0;
    while (n < size - 1) {
        int c = fgetc(f);
        if (c == EOF) break;
        line[n++] = (char)c;
        if (c == '\n') break;
    }
    line[n] = 0;
    return n ? line : NULL;
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *f) {
    if (f->mode == UNKNOWN) {
        int why = errno; /* asking must not change what the caller is about to report */
        f->mode = isatty(f->fd) ? LINE : FULL;
        errno = why;
    }
    const char *s = data;
    int line_ended = 0;
    for (size_t left = size * count; left;) {
        if (f->len == sizeof f->buf) fflush(f);
        size_t n = sizeof f->buf - f->len < left ? sizeof f->buf - f->len : left;
        memcpy(f->buf + f->len, s, n);
        if (f->mode == LINE && memchr(s, '\n', n)) line_ended = 1;
        f->len += n;
        s += n;
        left -= n;
    }
    if (f->mode == NONE || line_ended) fflush(f);
    return count;
}

int fputs(const char *s, FILE *f) {
    fwrite(s, 1, strlen(s), f);
    return 0;
}

int fputc(int c, FILE *f) {
    char byte = (char)c;
    fwrite(&byte, 1, 1, f);
    return c;
}

int putchar(int c) { return fputc(c, stdout); }

int puts(const char *s) {
    fputs(s, stdout);
    putchar('\n');
    return 0;
}
