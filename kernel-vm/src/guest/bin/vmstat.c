/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmstat: a line of the classical kind, then every counter of /proc/vmstat that is not zero ("-a": those, too).
 * "vmstat -s NAME..." prints the named counters only. "vmstat INTERVAL [COUNT]" prints the classical line again and again,
 * with the changes since the last.
 */
#include "proc.h"

#include <time.h>

const char *const tool = "vmstat";

/* Where a column's number comes from: the first name in /proc/vmstat that exists (our kernel's, then Linux's). */
static const struct {
    const char *title, *name, *linux_name;
    bool rate;
} COLUMNS[] = {
    {"free", "v_free_count", "nr_free_pages", false},
    {"actv", "v_active_count", "nr_active_anon", false},
    {"inact", "v_inactive_count", "nr_inactive_anon", false},
    {"fault", "v_vm_faults", "pgfault", true},
    {"zfod", "v_zfod", "", true},
    {"cow", "v_cow_faults", "", true},
    {"vnin", "v_vnodepgsin", "pgpgin", true},
    {"vnout", "v_vnodepgsout", "pgpgout", true},
    {"swin", "v_swappgsin", "pswpin", true},
    {"swout", "v_swappgsout", "pswpout", true},
};

enum { COUNT = sizeof COLUMNS / sizeof COLUMNS[0] };

static void show_titles(void) {
    for (int i = 0; i < COUNT; i++) printf(" %7s", COLUMNS[i].title);
    printf("   us   sy   id\n");
}

/* user, system and idle shares of the ticks in /proc/stat since `last`. */
static void show_ticks(unsigned long last[3]) {
    unsigned long part[3] = {0, 0, 0}, all = 0;
    const char *text = slurp("/proc/stat", NULL);
    if (text && strncmp(text, "cpu ", 4) == 0) {
        unsigned long tick[4];
        char *p = (char *)text + 4;
        for (int i = 0; i < 4; i++) tick[i] = strtoul(p, &p, 10);
        unsigned long sum[3] = {tick[0] + tick[1], tick[2], tick[3]};
        for (int i = 0; i < 3; i++) {
            part[i] = sum[i] - last[i];
            last[i] = sum[i];
            all += part[i];
        }
    }
    for (int i = 0; i < 3; i++) printf("%5lu", all ? part[i] * 100 / all : 0);
    putchar('\n');
}

static int show_line(unsigned long last[COUNT], unsigned long last_ticks[3]) {
    const char *text = slurp("/proc/vmstat", NULL);
    if (!text) return complain("/proc/vmstat");
    for (int i = 0; i < COUNT; i++) {
        unsigned long v = number_of(text, COLUMNS[i].name, number_of(text, COLUMNS[i].linux_name, 0));
        printf(" %7lu", COLUMNS[i].rate ? v - last[i] : v);
        last[i] = v;
    }
    show_ticks(last_ticks);
    fflush(stdout);
    return 0;
}

static bool among(const char *line, size_t n, char **names) {
    for (; *names; names++)
        if (strlen(*names) == n && strncmp(*names, line, n) == 0) return true;
    return false;
}

static int show_counters(bool zeros, char **names) {
    const char *text = slurp("/proc/vmstat", NULL);
    if (!text) return complain("/proc/vmstat");
    while (*text) {
        size_t length = 0, name = 0;
        while (text[length] && text[length] != '\n') length++;
        while (name < length && text[name] != ' ') name++;
        const char *value = text + name;
        while (*value == ' ') value++;
        bool wanted = names ? among(text, name, names) : zeros || *value != '0';
        if (wanted) printf("%12.*s %.*s\n", (int)(text + length - value), value, (int)name, text);
        text += length;
        if (*text) text++;
    }
    return 0;
}

int main(int argc, char **argv) {
    unsigned long last[COUNT] = {0}, ticks[3] = {0};
    if (argc > 2 && strcmp(argv[1], "-s") == 0) return finish(show_counters(true, argv + 2));
    bool zeros = argc == 2 && strcmp(argv[1], "-a") == 0;
    if (argc > 1 && !zeros) {
        struct timespec interval = {atoi(argv[1]), 0};
        long count = argc > 2 ? atoi(argv[2]) : -1;
        if (interval.tv_sec <= 0 || argc > 3) return usage("[-a | -s NAME... | INTERVAL [COUNT]]");
        show_titles();
        for (int status; count != 0; count--) {
            if ((status = show_line(last, ticks))) return status;
            if (count != 1) nanosleep(&interval, NULL);
        }
        return finish(0);
    }
    show_titles();
    int status = show_line(last, ticks);
    return finish(status ? status : show_counters(zeros, NULL));
}
