/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYS_TYPES_H
#define SYS_TYPES_H
#include <stddef.h>
#include <stdint.h>
typedef int ssize_t;
typedef int pid_t;
typedef unsigned uid_t;
typedef unsigned gid_t;
typedef unsigned mode_t;
typedef long time_t;
typedef int64_t off_t;
#endif
