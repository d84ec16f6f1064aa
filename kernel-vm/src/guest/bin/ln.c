/* SPDX-License-Identifier: BSD-2-Clause */
/* ln [-s] TARGET NAME: a second name, or a symbolic link. */
#include "tool.h"

const char *const tool = "ln";

int main(int argc, char **argv) {
    unsigned symbolic = 0;
    int first = options(argc, argv, "s", &symbolic);
    if (first < 0 || argc - first != 2) return usage("[-s] TARGET NAME");
    const char *target = argv[first], *name = argv[first + 1];
    return (symbolic ? symlink(target, name) : link(target, name)) < 0 ? complain(name) : 0;
}
