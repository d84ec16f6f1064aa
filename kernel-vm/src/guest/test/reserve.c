/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a full disk leaves to whom: "reserve [DIRECTORY]" (/) writes into a file there as a user until the disk is full
 * for him, then into another as the superuser, and says how many KiB each could write, and what statfs told before.
 */
#include "check.h"
#include "../libc/syscall.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

enum { SYS_statfs64 = 268, SYS_setuid32 = 213, USER = 1000 };

static char block[1024];

static int fill(int fd) {
    int kib = 0;
    while (write(fd, block, sizeof block) == sizeof block) kib++;
    return errno == ENOSPC ? kib : -errno;
}

/* Child: as a user; the number goes through a pipe, since a status is too small. */
struct job {
    int file, result;
};

static int as_user(void *argument) {
    const struct job *job = argument;
    if (syscall_result(syscall_raw(SYS_setuid32, USER)) < 0) return 1;
    int kib = fill(job->file);
    return write(job->result, &kib, sizeof kib) != sizeof kib;
}

int main(int argc, char **argv) {
    uint32_t told[21];
    int ends[2], kib = -1;
    if (argc > 1) need(chdir(argv[1]) == 0, "chdir");
    memset(block, 'r', sizeof block);
    need(syscall_result(syscall_raw(SYS_statfs64, ".", 84, told)) == 0, "statfs64");
    printf("free %u available %u\n", told[4], told[6]);
    need(pipe(ends) == 0, "pipe");
    struct job job = {open("user", O_WRONLY | O_CREAT, 0666), ends[1]};
    int root = open("root", O_WRONLY | O_CREAT, 0600);
    need(job.file >= 0 && root >= 0, "open");
    check(in_child(as_user, &job) == 0, "a user fills the disk");
    need(read(ends[0], &kib, sizeof kib) == sizeof kib, "read");
    printf("user %d\n", kib);
    printf("root %d\n", fill(root));
    return verdict("reserve");
}
