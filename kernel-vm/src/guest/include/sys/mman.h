/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYS_MMAN_H
#define SYS_MMAN_H
#include <sys/types.h>
#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_FAILED ((void *)-1)
#define MS_SYNC 4
void *mmap(void *hint, size_t length, int rights, int flags, int fd, off_t offset);
int munmap(void *start, size_t length);
int mprotect(void *start, size_t length, int rights);
int msync(void *start, size_t length, int flags);
#endif
