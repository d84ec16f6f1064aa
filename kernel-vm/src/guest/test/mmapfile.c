/* SPDX-License-Identifier: BSD-2-Clause */
/* A mapped file and read/write show one content: shared both ways, private copied at the first store. */
#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096, TAIL = 100, LENGTH = 3 * PAGE + TAIL };

static const char *path = "mmapfile.tmp";
static int fd;

static char byte_at(int i) { return (char)(i * 7 + i / PAGE + 1); }

static char *map(int flags, int length, int offset) {
    char *m = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, flags, fd, offset);
    need(m != MAP_FAILED, "mmap2");
    return m;
}

static void put_at(int offset, const char *text) {
    need(lseek(fd, offset, SEEK_SET) == offset, "_llseek");
    need(write(fd, text, strlen(text)) == (int)strlen(text), "write");
}

static int file_has(int offset, const char *text) {
    char got[32] = {0};
    need(lseek(fd, offset, SEEK_SET) == offset, "_llseek");
    return read(fd, got, strlen(text)) == (int)strlen(text) && strcmp(got, text) == 0;
}

static int all_zero(const char *m, int from, int to) {
    for (int i = from; i < to; i++)
        if (m[i]) return 0;
    return 1;
}

static void make_file(void) {
    static char content[LENGTH];
    for (int i = 0; i < LENGTH; i++) content[i] = byte_at(i);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) fd = open(path = "/tmp/mmapfile.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(fd >= 0, path);
    need(write(fd, content, LENGTH) == LENGTH, "write");
}

static void shared(void) {
    char *a = map(MAP_SHARED, LENGTH, 0);
    int good = 1;
    for (int i = 0; i < LENGTH; i++) good &= a[i] == byte_at(i);
    check(good, "shared: the mapping shows what was written");
    check(all_zero(a, LENGTH, 4 * PAGE), "shared: the tail of the last page is zero");
    memcpy(a + PAGE + 10, "by store", 8);
    check(file_has(PAGE + 10, "by store"), "shared: read() sees a store");
    put_at(2 * PAGE - 4, "by write");
    check(memcmp(a + 2 * PAGE - 4, "by write", 8) == 0, "shared: the mapping sees write(), across a page edge");
    char *b = map(MAP_SHARED, PAGE + TAIL, 2 * PAGE);
    check(b[8] == byte_at(2 * PAGE + 8), "shared: a mapping from an offset");
    b[PAGE] = 'Q';
    check(a[3 * PAGE] == 'Q', "shared: two mappings are one memory");
    check(msync(a, LENGTH, MS_SYNC) == 0, "shared: msync");
    munmap(a, LENGTH);
    check(b[PAGE] == 'Q' && file_has(3 * PAGE, "Q"), "shared: kept after munmap of the other");
    munmap(b, PAGE + TAIL);
}

static void private(void) {
    char *p = map(MAP_PRIVATE, LENGTH, 0);
    char before = p[20], neighbour = p[PAGE + 20];
    memcpy(p + 20, "private!", 8);
    check(!file_has(20, "private!") && memcmp(p + 20, "private!", 8) == 0, "private: a store stays here");
    put_at(20, "from file");
    check(memcmp(p + 20, "private!", 8) == 0, "private: a copied page no longer follows the file");
    check(p[PAGE + 20] == neighbour, "private: the other pages are the file's");
    check(all_zero(p, LENGTH, 4 * PAGE), "private: the tail of the last page is zero");
    p[LENGTH] = 'z';
    struct stat st;
    check(fstat(fd, &st) == 0 && st.st_size == LENGTH, "private: a store to the tail does not grow the file");
    munmap(p, LENGTH);
    char old[2] = {before, 0};
    put_at(20, old);
}

static int stores_a_word(void *m) {
    memcpy((char *)m + 200, "child", 5);
    return 0;
}

static void across_fork(void) {
    char *s = map(MAP_SHARED, PAGE, 0), *p = map(MAP_PRIVATE, PAGE, 0);
    in_child(stores_a_word, s);
    check(memcmp(s + 200, "child", 5) == 0 && file_has(200, "child"), "shared: a child's store reaches parent and file");
    in_child(stores_a_word, p + 100);
    check(memcmp(p + 300, "child", 5) != 0, "private: a child's store stays with the child");
    munmap(s, PAGE);
    munmap(p, PAGE);
}

static void resized(void) {
    char *m = map(MAP_SHARED, 6 * PAGE, 0);
    check(m[LENGTH - 1] == byte_at(LENGTH - 1), "resize: before");
    need(ftruncate(fd, 5 * PAGE) == 0, "ftruncate64, growing");
    check(all_zero(m, LENGTH, 5 * PAGE), "resize: the same mapping reaches the extension, zero");
    put_at(4 * PAGE + 5, "new data");
    check(memcmp(m + 4 * PAGE + 5, "new data", 8) == 0, "resize: and what is written there");
    need(ftruncate(fd, PAGE + 7) == 0 && ftruncate(fd, 2 * PAGE) == 0, "ftruncate64, there and back");
    check(m[PAGE + 6] == byte_at(PAGE + 6) && all_zero(m, PAGE + 7, 2 * PAGE), "resize: what was cut off is zero");
    munmap(m, 6 * PAGE);
}

static void without_a_name(void) {
    char *m = map(MAP_SHARED, 2 * PAGE, 0);
    need(close(fd) == 0 && unlink(path) == 0, "close and unlink");
    m[PAGE + 300] = 'k';
    check(m[0] == byte_at(0) && m[PAGE + 300] == 'k', "the mapping outlives descriptor and name");
    check(access(path, F_OK) < 0, "the name is gone");
    munmap(m, 2 * PAGE);
}

int main(void) {
    make_file();
    shared();
    private();
    across_fork();
    resized();
    without_a_name();
    return verdict("mmapfile");
}
