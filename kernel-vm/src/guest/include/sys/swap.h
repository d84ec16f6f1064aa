/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYS_SWAP_H
#define SYS_SWAP_H
int swapon(const char *path, int flags);
int swapoff(const char *path);
#endif
