/* SPDX-License-Identifier: BSD-2-Clause */
/* sync: has all dirty pages and buffers written to the disks. */
#include <unistd.h>

int main(void) {
    sync();
    return 0;
}
