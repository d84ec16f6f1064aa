/* SPDX-License-Identifier: BSD-2-Clause */
/* Seconds since 1970 as a date, in UTC. */
#include <time.h>

struct tm *gmtime(const time_t *when) {
    static struct tm tm;
    long days = *when / 86400, left = *when % 86400;
    if (left < 0) {
        left += 86400;
        days--;
    }
    tm.tm_hour = (int)(left / 3600);
    tm.tm_min = (int)(left / 60 % 60);
    tm.tm_sec = (int)(left % 60);
    /* Count from 1 March of year 0, so that the leap day is the last of its year. */
    days += 719468;
    long era = days / 146097, day = days % 146097;
    long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    long in_year = day - (365 * year + year / 4 - year / 100);
    long month = (5 * in_year + 2) / 153; /* 0 = March */
    tm.tm_mday = (int)(in_year - (153 * month + 2) / 5 + 1);
    tm.tm_mon = (int)(month < 10 ? month + 2 : month - 10);
    tm.tm_year = (int)(year + era * 400 - 1900 + (tm.tm_mon < 2));
    return &tm;
}
