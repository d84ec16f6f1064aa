/* SPDX-License-Identifier: BSD-2-Clause */
/* uname [-a]: the system's name; with -a all it says of itself. */
#include "tool.h"

#include <sys/utsname.h>

const char *const tool = "uname";

int main(int argc, char **argv) {
    struct utsname u;
    if (uname(&u) < 0) return complain("uname");
    if (argc > 1 && strcmp(argv[1], "-a") != 0) return usage("[-a]");
    if (argc > 1) printf("%s %s %s %s %s\n", u.sysname, u.nodename, u.release, u.version, u.machine);
    else puts(u.sysname);
    return finish(0);
}
