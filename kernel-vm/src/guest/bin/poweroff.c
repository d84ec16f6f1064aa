/* SPDX-License-Identifier: BSD-2-Clause */
/* poweroff: asks init to end the machine. */
#include "tool.h"

#include <signal.h>

const char *const tool = "poweroff";

int main(void) {
    sync();
    return kill(1, SIGUSR2) < 0 ? complain("init") : 0;
}
