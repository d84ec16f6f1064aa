/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories, a kilobyte of entries at a time. */
#include "syscall.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct DIR {
    int fd;
    int pos, len;
    char entries[1024] __attribute__((aligned(8)));
};

DIR *opendir(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return NULL;
    DIR *dir = malloc(sizeof *dir);
    if (!dir) {
        close(fd);
        return NULL;
    }
    dir->fd = fd;
    dir->pos = dir->len = 0;
    return dir;
}

struct dirent *readdir(DIR *dir) {
    if (dir->pos >= dir->len) {
        dir->pos = 0;
        dir->len = SYSCALL(SYS_getdents64, dir->fd, dir->entries, sizeof dir->entries);
        if (dir->len <= 0) return NULL;
    }
    struct dirent *entry = (struct dirent *)(dir->entries + dir->pos);
    dir->pos += entry->d_reclen;
    return entry;
}

int closedir(DIR *dir) {
    int bad = close(dir->fd);
    free(dir);
    return bad;
}
