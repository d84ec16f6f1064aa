/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls as C functions: one line each. */
#include "syscall.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

int errno;

long syscall_result(long result) {
    if ((unsigned long)result > -4096UL) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

/* Processes. */
void _exit(int status) { for (;;) syscall_raw(SYS_exit_group, status); }
pid_t fork(void) { return SYSCALL(SYS_fork); }
int execve(const char *path, char *const argv[], char *const envp[]) { return SYSCALL(SYS_execve, path, argv, envp); }
pid_t waitpid(pid_t pid, int *status, int options) { return SYSCALL(SYS_wait4, pid, status, options, 0); }
pid_t getpid(void) { return SYSCALL(SYS_getpid); }
pid_t getppid(void) { return SYSCALL(SYS_getppid); }
pid_t setsid(void) { return SYSCALL(SYS_setsid); }
uid_t getuid(void) { return SYSCALL(SYS_getuid32); }
int uname(struct utsname *name) { return SYSCALL(SYS_uname, name); }

/* Open files. */
int open(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    return SYSCALL(SYS_open, path, flags, mode);
}
int fcntl(int fd, int command, ...) {
    va_list args;
    va_start(args, command);
    long argument = va_arg(args, long);
    va_end(args);
    return SYSCALL(SYS_fcntl64, fd, command, argument);
}
int ioctl(int fd, int request, ...) {
    va_list args;
    va_start(args, request);
    long argument = va_arg(args, long);
    va_end(args);
    return SYSCALL(SYS_ioctl, fd, request, argument);
}
off_t lseek(int fd, off_t offset, int whence) {
    off_t result;
    long bad = SYSCALL(SYS_llseek, fd, (long)(offset >> 32), (long)offset, &result, whence);
    return bad ? -1 : result;
}
ssize_t read(int fd, void *to, size_t n) { return SYSCALL(SYS_read, fd, to, n); }
ssize_t write(int fd, const void *from, size_t n) { return SYSCALL(SYS_write, fd, from, n); }
int close(int fd) { return SYSCALL(SYS_close, fd); }
int ftruncate(int fd, off_t length) { return SYSCALL(SYS_ftruncate64, fd, (long)length, (long)(length >> 32)); }
int dup(int fd) { return SYSCALL(SYS_dup, fd); }
int dup2(int from, int to) { return SYSCALL(SYS_dup2, from, to); }
int pipe(int ends[2]) { return SYSCALL(SYS_pipe, ends); }
int fstat(int fd, struct stat *st) { return SYSCALL(SYS_fstat64, fd, st); }
int isatty(int fd) {
    struct termios unused;
    return ioctl(fd, TCGETS, &unused) == 0;
}

/* Names. */
int access(const char *path, int mode) { return SYSCALL(SYS_access, path, mode); }
int chdir(const char *path) { return SYSCALL(SYS_chdir, path); }
char *getcwd(char *to, size_t size) { return SYSCALL(SYS_getcwd, to, size) < 0 ? NULL : to; }
int link(const char *from, const char *to) { return SYSCALL(SYS_link, from, to); }
int symlink(const char *target, const char *path) { return SYSCALL(SYS_symlink, target, path); }
ssize_t readlink(const char *path, char *to, size_t n) { return SYSCALL(SYS_readlink, path, to, n); }
int unlink(const char *path) { return SYSCALL(SYS_unlink, path); }
int rmdir(const char *path) { return SYSCALL(SYS_rmdir, path); }
int rename(const char *from, const char *to) { return SYSCALL(SYS_rename, from, to); }
int stat(const char *path, struct stat *st) { return SYSCALL(SYS_stat64, path, st); }
int lstat(const char *path, struct stat *st) { return SYSCALL(SYS_lstat64, path, st); }
int chmod(const char *path, mode_t mode) { return SYSCALL(SYS_chmod, path, mode); }
int mkdir(const char *path, mode_t mode) { return SYSCALL(SYS_mkdir, path, mode); }
mode_t umask(mode_t mask) { return SYSCALL(SYS_umask, mask); }
int utimes_now(const char *path) { return SYSCALL(SYS_utimensat, -100 /* AT_FDCWD */, path, 0, 0); }
void sync(void) { syscall_raw(SYS_sync); }

/* Memory. */
void *mmap(void *hint, size_t length, int rights, int flags, int fd, off_t offset) {
    return (void *)SYSCALL(SYS_mmap2, hint, length, rights, flags, fd, (long)(offset >> 12));
}
int munmap(void *start, size_t length) { return SYSCALL(SYS_munmap, start, length); }
int mprotect(void *start, size_t length, int rights) { return SYSCALL(SYS_mprotect, start, length, rights); }
int msync(void *start, size_t length, int flags) { return SYSCALL(SYS_msync, start, length, flags); }
int swapon(const char *path, int flags) { return SYSCALL(SYS_swapon, path, flags); }
int swapoff(const char *path) { return SYSCALL(SYS_swapoff, path); }
int brk(void *end) {
    if ((void *)syscall_raw(SYS_brk, end) == end) return 0;
    errno = ENOMEM;
    return -1;
}
void *sbrk(ptrdiff_t by) {
    char *now = (char *)syscall_raw(SYS_brk, 0);
    return by == 0 || brk(now + by) == 0 ? now : (void *)-1;
}

/* Time. */
int clock_gettime(int clock, struct timespec *now) { return SYSCALL(SYS_clock_gettime, clock, now); }
int nanosleep(const struct timespec *want, struct timespec *rest) { return SYSCALL(SYS_nanosleep, want, rest); }
time_t time(time_t *now) {
    struct timespec ts = {0, 0};
    clock_gettime(CLOCK_REALTIME, &ts);
    if (now) *now = ts.tv_sec;
    return ts.tv_sec;
}
unsigned sleep(unsigned seconds) {
    struct timespec left = {(time_t)seconds, 0};
    return nanosleep(&left, &left) == 0 ? 0 : (unsigned)left.tv_sec;
}
