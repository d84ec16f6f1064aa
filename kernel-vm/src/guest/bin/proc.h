/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading /proc, and not minding what is missing there. */
#ifndef PROC_H
#define PROC_H
#include "tool.h"

#include <ctype.h>

/* A whole small file as a string; NULL if it cannot be read. One at a time. */
static inline char *slurp(const char *path, size_t *length) {
    static char text[8192];
    int fd = open(path, O_RDONLY);
    if (fd < 0) return NULL;
    size_t got = 0;
    for (ssize_t n; got < sizeof text - 1 && (n = read(fd, text + got, sizeof text - 1 - got)) > 0;) got += (size_t)n;
    close(fd);
    text[got] = 0;
    if (length) *length = got;
    return text;
}

/* The number behind `name` at the start of a line ("name 12", "Name:  12 kB"); otherwise if there is none. */
static inline unsigned long number_of(const char *text, const char *name, unsigned long otherwise) {
    size_t n = strlen(name);
    for (const char *line = text; line && *line;) {
        if (strncmp(line, name, n) == 0 && (line[n] == ' ' || line[n] == ':' || line[n] == '\t')) {
            const char *p = line + n;
            while (*p == ' ' || *p == ':' || *p == '\t') p++;
            return isdigit(*p) ? strtoul(p, NULL, 10) : otherwise;
        }
        line = strchr(line, '\n');
        if (line) line++;
    }
    return otherwise;
}
#endif
