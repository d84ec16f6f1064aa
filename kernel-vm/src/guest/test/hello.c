/* SPDX-License-Identifier: BSD-2-Clause */
/* The first program a new kernel runs: says hello, and its arguments. */
#include <stdio.h>

int main(int argc, char **argv) {
    printf("Hello, world!\n");
    for (int i = 1; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
    printf("hello: all PASS\n");
    return 0;
}
