/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A script of work on files and on memory that lies on swap, for disks that fail: "diskwork [DIRECTORY [KIB]]" (/w, 2600)
 * works in a directory that is not there yet, and has a child use so much memory. It goes on after every error, and says
 * what an observer can hold against the disk afterwards:
 *   synced NAME SIZE SEED      fsync (or msync) has acknowledged that the file holds this
 *   changing NAME              from here on it may hold something else, or be gone
 *   error CALL NAME: TEXT      a call failed
 *   signal CALL NAME: SIGBUS   a child that used a mapping, or memory, ended so
 *   wrong CALL NAME            content that nobody wrote, or a file that is gone: must never be
 * Its own memory is locked, so that no trouble of the disk is its own trouble.
 */
#include "check.h"
#include "../libc/syscall.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096, FILES = 8, MOST = 90000, SYS_mlockall = 152, SYS_fsync = 118, LOCK_ALL = 3 };

static const int SIZES[FILES] = {100, 4096, 5000, 12288, 20000, 33000, 70000, 1};

static struct file {
    char name[16];
    int there, known; /* it exists; its content is certain */
    int size, seed;
} files[FILES];

static int wrongs;
static unsigned char buffer[MOST];

static void error(const char *call, const char *name) { printf("error %s %s: %s\n", call, name, strerror(errno)); }

static void wrong(const char *call, const char *name) {
    printf("wrong %s %s\n", call, name);
    wrongs++;
}

/* Said before anything is done, whatever becomes of this process. */
static void changing(const struct file *f) {
    printf("changing %s\n", f->name);
    fflush(stdout);
}

static unsigned char byte(int seed, int i) { return (unsigned char)((uint32_t)(seed * 7919 + i) * 2654435761u >> 22); }

static void acknowledge(const struct file *f) { printf("synced %s %d %d\n", f->name, f->size, f->seed); }

/* Opens a file that is there. */
static int reach(struct file *f, int flags) {
    int fd = open(f->name, flags);
    if (fd >= 0) return fd;
    if (errno == ENOENT) wrong("open", f->name);
    else error("open", f->name);
    return -1;
}

static void flush_file(int fd, struct file *f) {
    if (syscall_result(syscall_raw(SYS_fsync, fd)) < 0) error("fsync", f->name);
    else if (f->known) acknowledge(f);
}

/* Writes a part of what the file is to hold, in pieces that no block or page fits. */
static int put_bytes(int fd, struct file *f, int from, int to) {
    for (int at = from; at < to; at++) buffer[at] = byte(f->seed, at);
    if (lseek(fd, from, SEEK_SET) != from) return -1;
    for (int at = from; at < to;) {
        int n = to - at < 3000 ? to - at : 3000, done = (int)write(fd, buffer + at, (size_t)n);
        if (done <= 0) {
            error("write", f->name);
            f->known = 0;
            return -1;
        }
        at += done;
    }
    return 0;
}

static void create(struct file *f, int size, int seed) {
    changing(f);
    f->known = 0;
    int fd = open(f->name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) {
        error("create", f->name);
        return;
    }
    f->there = f->known = 1;
    f->size = size;
    f->seed = seed;
    if (put_bytes(fd, f, 0, size) == 0) flush_file(fd, f);
    close(fd);
}

/* Makes the file longer or shorter. */
static void resize(struct file *f, int size) {
    int fd = f->known ? reach(f, O_RDWR) : -1;
    if (fd < 0) return;
    changing(f);
    int old = f->size;
    if (ftruncate(fd, size) < 0) {
        error("ftruncate", f->name);
        f->known = 0;
    } else {
        f->size = size;
        if (size <= old || put_bytes(fd, f, old, size) == 0) flush_file(fd, f);
    }
    close(fd);
}

static void check_file(struct file *f) {
    int fd = f->known ? reach(f, O_RDONLY) : -1;
    if (fd < 0) return;
    int at = 0, n = 1;
    while (at < f->size && n > 0) {
        n = (int)read(fd, buffer + at, 5000);
        if (n > 0) at += n;
    }
    if (n < 0) error("read", f->name);
    else if (at != f->size) wrong("read", f->name);
    for (int i = 0; i < at; i++)
        if (buffer[i] != byte(f->seed, i)) {
            wrong("read", f->name);
            break;
        }
    close(fd);
}

/* What became of a child: its exit status, -1 for SIGBUS. */
static int outcome(int status, const char *call, const char *name) {
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    printf("signal %s %s: SIG%s\n", call, name, signal_name(WTERMSIG(status)));
    return -1;
}

/* Child: reads all of a mapping and replaces it; 0 done, 1 wrong content, 2 msync failed. */
static int use_mapping(void *argument) {
    struct file *f = argument;
    int fd = open(f->name, O_RDWR);
    if (fd < 0) return 3;
    size_t length = (size_t)f->size;
    unsigned char *m = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (m == MAP_FAILED) return 3;
    for (int i = 0; i < f->size; i++)
        if (m[i] != byte(f->seed, i)) return 1;
    for (int i = 0; i < f->size; i++) m[i] = byte(f->seed + 1, i);
    return msync(m, length, MS_SYNC) < 0 ? 2 : 0;
}

static void change_by_mapping(struct file *f) {
    if (!f->known) return;
    changing(f);
    int result = outcome(in_child(use_mapping, f), "mapping", f->name);
    f->known = result == 0 || result == 2;
    if (result == 1) wrong("mapping", f->name);
    if (f->known) f->seed++;
    if (result == 0) acknowledge(f);
    if (result == 2 || result == 3) printf("error mapping %s: Input/output error\n", f->name);
}

/* Child: fills so many KiB, and finds all of it again; 1 if not. */
static int use_memory(void *argument) {
    int pages = *(int *)argument / 4;
    uint32_t *m = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED) return 3;
    for (int round = 0; round < 2; round++) {
        for (int p = 0; p < pages; p++)
            for (int w = 0; w < PAGE / 4; w += 16) m[p * (PAGE / 4) + w] = (uint32_t)(p * 31 + w + round);
        for (int p = pages - 1; p >= 0; p--)
            for (int w = 0; w < PAGE / 4; w += 16)
                if (m[p * (PAGE / 4) + w] != (uint32_t)(p * 31 + w + round)) return 1;
    }
    return 0;
}

static void press(int kib) {
    int result = outcome(in_child(use_memory, &kib), "memory", "child");
    if (result > 0) wrong("memory", "child");
}

static void move(struct file *f, const char *to) {
    if (!f->known) return;
    printf("changing %s\n", to);
    changing(f);
    if (rename(f->name, to) < 0) {
        error("rename", f->name);
        f->known = 0;
        return;
    }
    snprintf(f->name, sizeof f->name, "%s", to);
    int fd = reach(f, O_RDONLY);
    if (fd >= 0) {
        flush_file(fd, f);
        close(fd);
    }
}

static void drop(struct file *f) {
    if (!f->known) return;
    changing(f);
    f->known = 0;
    if (unlink(f->name) < 0) error("unlink", f->name);
    else f->there = 0;
}

static void call(const char *what, const char *name, int result) {
    if (result < 0) error(what, name);
}

int main(int argc, char **argv) {
    const char *directory = argc > 1 ? argv[1] : "/w";
    int kib = argc > 2 ? atoi(argv[2]) : 2600;
    if (syscall_result(syscall_raw(SYS_mlockall, LOCK_ALL)) < 0) {
        error("mlockall", "memory");
        return 4;
    }
    printf("start\n");
    fflush(stdout);
    if (mkdir(directory, 0755) < 0 || chdir(directory) < 0) {
        error("mkdir", directory);
        return 4;
    }
    for (int i = 0; i < FILES; i++) {
        snprintf(files[i].name, sizeof files[i].name, "f%d", i);
        create(&files[i], SIZES[i], i + 1);
    }
    press(kib);
    for (int i = 0; i < FILES; i++) check_file(&files[i]);
    change_by_mapping(&files[5]);
    change_by_mapping(&files[6]);
    int made = mkdir("d", 0755);
    call("mkdir", "d", made);
    move(&files[1], "g1");
    move(&files[2], made < 0 ? "g2" : "d/g2");
    call("symlink", "s", symlink("a target that does not fit into an inode, so that it takes a block of its own", "s"));
    if (files[0].known) call("link", "l", link(files[0].name, "l"));
    drop(&files[7]);
    resize(&files[3], 2000);
    resize(&files[4], 81000);
    press(kib);
    for (int i = 0; i < FILES; i++) check_file(&files[i]);
    create(&files[7], 9000, 20); /* a new one */
    create(&files[1], 30000, 21); /* over an old one */
    resize(&files[6], 300);
    drop(&files[5]);
    move(&files[4], "g1"); /* in the place of another: the model of that one ends */
    files[1].known = 0;
    call("unlink", "s", unlink("s"));
    sync();
    press(kib);
    for (int i = 0; i < FILES; i++) check_file(&files[i]);
    printf(wrongs ? "diskwork: FAILED\n" : "diskwork: done\n");
    return wrongs != 0;
}
