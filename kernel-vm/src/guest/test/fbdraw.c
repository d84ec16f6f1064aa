/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Draws into the frame buffer through a mapping: a gradient, a frame, a bar that a child draws; and looks whether mapping,
 * child, read and write show one picture. Without /dev/fb0 it says so and ends with 0.
 */
#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <termios.h>

enum { FBIOGET_VSCREENINFO = 0x4600, FBIOGET_FSCREENINFO = 0x4602, PAGE = 4096 };

static unsigned *screen;
static int width, height, row, fd;

static unsigned gradient(int x, int y) {
    return (unsigned)(x * 255 / (width - 1)) << 16 | (unsigned)(y * 255 / (height - 1)) << 8 | 0x40;
}

static unsigned *at(int x, int y) { return screen + y * row + x; }

static int same(int x, int y, unsigned colour) { return (*at(x, y) & 0xFFFFFF) == colour; }

static int draw_bar(void *unused) {
    (void)unused;
    for (int y = 10; y < 20; y++)
        for (int x = 10; x < 110; x++) *at(x, y) = 0xFF0000;
    return same(0, 0, gradient(0, 0)) ? 0 : 1;
}

static void draw(void) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) *at(x, y) = gradient(x, y);
    for (int x = 0; x < width; x++) *at(x, height / 2) = 0xFFFFFF;
}

static void files_and_mapping(void) {
    unsigned line[4] = {0};
    off_t middle = ((off_t)(height / 2) * row + 5) * 4;
    need(lseek(fd, middle, SEEK_SET) == middle, "_llseek");
    check(read(fd, line, sizeof line) == sizeof line && (line[3] & 0xFFFFFF) == 0xFFFFFF, "read shows what was drawn");
    unsigned green[2] = {0x00FF00, 0x00FF00};
    need(lseek(fd, 0, SEEK_SET) == 0, "_llseek");
    check(write(fd, green, sizeof green) == sizeof green, "write");
    check(same(0, 0, 0x00FF00) && same(1, 0, 0x00FF00) && same(2, 0, gradient(2, 0)), "the mapping shows what was written");
    off_t end = (off_t)height * row * 4;
    need(lseek(fd, end, SEEK_SET) == end, "_llseek");
    check(read(fd, line, 4) == 0, "the picture ends");
    check(write(fd, line, 4) == -1 && errno == ENOSPC, "nothing fits behind it");
    /* The kernel's own copies reach the screen as well. */
    int pipes[2];
    need(pipe(pipes) == 0, "pipe");
    need(write(pipes[1], at(0, 0), 8) == 8, "write from the screen");
    check(read(pipes[0], at(0, 1), 8) == 8 && same(0, 1, 0x00FF00), "read into the screen");
}

int main(void) {
    unsigned info[40], fixed[17];
    fd = open("/dev/fb0", O_RDWR);
    if (fd < 0) {
        printf("fbdraw: no frame buffer here\n");
        return 0;
    }
    check(ioctl(fd, FBIOGET_VSCREENINFO, info) == 0 && info[6] == 32, "four bytes to a pixel");
    check(ioctl(fd, FBIOGET_FSCREENINFO, fixed) == 0, "the form of its memory");
    check(ioctl(fd, TCGETS, info + 20) == -1 && errno == ENOTTY, "it is no terminal");
    width = (int)info[0];
    height = (int)info[1];
    row = (int)fixed[11] / 4;
    size_t size = (size_t)row * height * 4;
    check(fixed[5] == size && width > 100 && height > 20, "the size");
    screen = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    need(screen != MAP_FAILED, "mmap2");
    size_t whole = (size + PAGE - 1) / PAGE * PAGE;
    check(mmap(NULL, whole + PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EINVAL, "a page too many");
    check(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)whole) == MAP_FAILED && errno == EINVAL, "a page behind it");
    draw();
    check(same(width - 1, height - 1, gradient(width - 1, height - 1)), "what was stored is read");
    int status = in_child(draw_bar, NULL);
    check(status == 0 && same(10, 10, 0xFF0000) && same(109, 19, 0xFF0000), "a child draws on the same screen");
    unsigned *again = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    need(again != MAP_FAILED, "mmap2");
    *at(3, 0) = 0x123456;
    check((again[3] & 0xFFFFFF) == 0x123456, "a private mapping is shared, too");
    check(munmap(again, PAGE) == 0, "munmap");
    *at(3, 0) = gradient(3, 0);
    files_and_mapping();
    return verdict("fbdraw");
}
