/* SPDX-License-Identifier: BSD-2-Clause */
/* ps: every process: number, parent, state, CPU time, memory mapped and resident, command; from /proc/N/stat and cmdline. */
#include "proc.h"

#include <dirent.h>

const char *const tool = "ps";

enum { TICKS = 100, FIELDS = 24, MAX = 1024 };

/* The fields of stat that we show, by their place in Linux's line (1 is the process number). */
enum { STATE = 3, PARENT = 4, UTIME = 14, STIME = 15, VSIZE = 23, RSS = 24 };

/* Cuts a stat line into fields; the name in parentheses may contain anything. A missing field is "0". */
static bool cut(char *line, char *field[FIELDS + 1], char **name) {
    char *open = strchr(line, '('), *close = strrchr(line, ')');
    if (!open || !close || close < open) return false;
    *name = open + 1;
    *close = 0;
    for (int i = 0; i <= FIELDS; i++) field[i] = "0";
    char *p = close + 1;
    for (int i = STATE; i <= FIELDS; i++) {
        while (*p == ' ') p++;
        if (!*p || *p == '\n') break;
        field[i] = p;
        while (*p && *p != ' ' && *p != '\n') p++;
        if (*p) *p++ = 0;
    }
    return true;
}

static void show_command(int pid, const char *name) {
    char path[32];
    size_t n = 0;
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    char *words = slurp(path, &n);
    if (!words || n == 0) {
        printf("[%s]\n", name);
        return;
    }
    while (n && !words[n - 1]) n--;
    for (size_t i = 0; i < n; i++)
        if (!isprint(words[i])) words[i] = words[i] ? '?' : ' ';
    printf("%.*s\n", (int)n, words);
}

static void show(int pid) {
    char path[32], line[1024], *field[FIELDS + 1], *name;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    const char *text = slurp(path, NULL);
    if (!text) return; /* it ended meanwhile */
    snprintf(line, sizeof line, "%s", text);
    if (!cut(line, field, &name)) return;
    unsigned long ticks = strtoul(field[UTIME], NULL, 10) + strtoul(field[STIME], NULL, 10);
    printf("%5d %5s %c %3lu:%02lu.%02lu %7lu %7lu ", pid, field[PARENT], field[STATE][0], ticks / TICKS / 60,
           ticks / TICKS % 60, ticks % TICKS, strtoul(field[VSIZE], NULL, 10) / 1024, strtoul(field[RSS], NULL, 10) * 4);
    show_command(pid, name);
}

static int by_number(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

int main(void) {
    static int pids[MAX];
    int count = 0;
    DIR *proc = opendir("/proc");
    if (!proc) return complain("/proc");
    for (struct dirent *e; count < MAX && (e = readdir(proc));) {
        char *end;
        long pid = strtol(e->d_name, &end, 10);
        if (isdigit(e->d_name[0]) && !*end) pids[count++] = (int)pid;
    }
    closedir(proc);
    qsort(pids, (size_t)count, sizeof pids[0], by_number);
    printf("  PID  PPID S      TIME     VSZ     RSS COMMAND\n");
    for (int i = 0; i < count; i++) show(pids[i]);
    return finish(0);
}
