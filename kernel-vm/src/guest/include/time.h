/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TIME_H
#define TIME_H
#include <sys/types.h>
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
struct timespec { time_t tv_sec; long tv_nsec; };
struct tm { int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year; };
int clock_gettime(int clock, struct timespec *now);
int nanosleep(const struct timespec *want, struct timespec *rest);
time_t time(time_t *now);
struct tm *gmtime(const time_t *when);
#endif
