/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TERMIOS_H
#define TERMIOS_H
#define TCGETS 0x5401
#define TIOCSCTTY 0x540E
#define TIOCGWINSZ 0x5413
struct termios { unsigned c_iflag, c_oflag, c_cflag, c_lflag; unsigned char c_line, c_cc[19]; };
struct winsize { unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel; };
int ioctl(int fd, int request, ...);
#endif
