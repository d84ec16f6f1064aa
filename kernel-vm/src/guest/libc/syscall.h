/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls our programs use, by their i386 numbers (all of tier 1 and 2, and the memory calls). */
#ifndef SYSCALL_H
#define SYSCALL_H
enum {
    SYS_fork = 2, SYS_read = 3, SYS_write = 4, SYS_open = 5, SYS_close = 6, SYS_link = 9, SYS_unlink = 10,
    SYS_execve = 11, SYS_chdir = 12, SYS_chmod = 15, SYS_getpid = 20, SYS_access = 33, SYS_sync = 36, SYS_kill = 37,
    SYS_rename = 38, SYS_mkdir = 39, SYS_rmdir = 40, SYS_dup = 41, SYS_pipe = 42, SYS_brk = 45, SYS_ioctl = 54,
    SYS_umask = 60, SYS_dup2 = 63, SYS_getppid = 64, SYS_setsid = 66, SYS_symlink = 83, SYS_readlink = 85,
    SYS_swapon = 87, SYS_munmap = 91, SYS_wait4 = 114, SYS_swapoff = 115, SYS_uname = 122, SYS_mprotect = 125,
    SYS_llseek = 140, SYS_msync = 144, SYS_nanosleep = 162, SYS_rt_sigaction = 174, SYS_getcwd = 183, SYS_mmap2 = 192,
    SYS_ftruncate64 = 194, SYS_stat64 = 195, SYS_lstat64 = 196, SYS_fstat64 = 197, SYS_getuid32 = 199,
    SYS_getdents64 = 220, SYS_fcntl64 = 221, SYS_exit_group = 252, SYS_clock_gettime = 265, SYS_utimensat = 320
};
long syscall_raw(long number, ...);
/* The C convention: -1 and errno for an error. */
long syscall_result(long result);
#define SYSCALL(...) syscall_result(syscall_raw(__VA_ARGS__))
#endif
