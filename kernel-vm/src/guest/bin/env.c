/* SPDX-License-Identifier: BSD-2-Clause */
/* env: the environment, one variable per line. */
#include "tool.h"

const char *const tool = "env";

int main(void) {
    for (char **e = environ; *e; e++) puts(*e);
    return finish(0);
}
