/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNISTD_H
#define UNISTD_H
#include <sys/types.h>
#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
void _exit(int status) __attribute__((noreturn));
pid_t fork(void);
int execve(const char *path, char *const argv[], char *const envp[]);
pid_t getpid(void);
pid_t getppid(void);
pid_t setsid(void);
uid_t getuid(void);
ssize_t read(int fd, void *to, size_t n);
ssize_t write(int fd, const void *from, size_t n);
int close(int fd);
off_t lseek(int fd, off_t offset, int whence);
int ftruncate(int fd, off_t length);
int dup(int fd);
int dup2(int from, int to);
int pipe(int ends[2]);
int access(const char *path, int mode);
int chdir(const char *path);
char *getcwd(char *to, size_t size);
int link(const char *from, const char *to);
int symlink(const char *target, const char *path);
ssize_t readlink(const char *path, char *to, size_t n);
int unlink(const char *path);
int rmdir(const char *path);
int rename(const char *from, const char *to);
int isatty(int fd);
unsigned sleep(unsigned seconds);
void sync(void);
int brk(void *end);
void *sbrk(ptrdiff_t by);
#endif
