/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIRENT_H
#define DIRENT_H
#include <stdint.h>
#define DT_DIR 4
/* As the kernel's getdents64 lays it out. */
struct dirent {
    uint64_t d_ino, d_off;
    uint16_t d_reclen;
    uint8_t d_type;
    char d_name[256];
} __attribute__((packed));
typedef struct DIR DIR;
DIR *opendir(const char *path);
struct dirent *readdir(DIR *dir);
int closedir(DIR *dir);
#endif
