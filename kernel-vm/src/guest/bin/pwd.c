/* SPDX-License-Identifier: BSD-2-Clause */
/* pwd: the working directory. */
#include "tool.h"

#include <limits.h>

const char *const tool = "pwd";

int main(void) {
    char path[PATH_MAX];
    if (!getcwd(path, sizeof path)) return complain("cannot tell the working directory");
    puts(path);
    return finish(0);
}
