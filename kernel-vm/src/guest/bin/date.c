/* SPDX-License-Identifier: BSD-2-Clause */
/* date: the wall clock, in UTC; "date +%s" in seconds since 1970. */
#include "tool.h"

#include <time.h>

const char *const tool = "date";

int main(int argc, char **argv) {
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec", DAYS[] = "ThuFriSatSunMonTueWed";
    time_t now = time(NULL);
    if (argc > 1) {
        if (strcmp(argv[1], "+%s") != 0) return usage("[+%s]");
        printf("%ld\n", now);
        return finish(0);
    }
    const struct tm *t = gmtime(&now);
    printf("%.3s %.3s %2d %02d:%02d:%02d UTC %d\n", DAYS + now / 86400 % 7 * 3, MONTHS + t->tm_mon * 3, t->tm_mday,
           t->tm_hour, t->tm_min, t->tm_sec, t->tm_year + 1900);
    return finish(0);
}
