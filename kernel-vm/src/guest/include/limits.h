/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIMITS_H
#define LIMITS_H
#define INT_MAX 0x7fffffff
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX 0xffffffffu
#define PATH_MAX 4096
#endif
