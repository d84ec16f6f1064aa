/* SPDX-License-Identifier: BSD-2-Clause */
/* read [-r] [-p PROMPT] NAME...: a line of standard input, split at IFS; the last name takes what is left. */
#include "sh.h"

/* A line with kinds, as expansion makes them: escaped characters are QUOTED. False at the end of the input. */
static bool read_line(struct expansion *line, bool raw) {
    bool escaped = false;
    for (;;) {
        char c;
        ssize_t n = read(0, &c, 1); /* not a byte more than the line: the rest is for others */
        if (n < 0 && errno == EINTR && !interrupted) {
            run_traps();
            continue;
        }
        if (n <= 0) return false;
        if (c == '\n' && !escaped) return true;
        if (c == '\\' && !raw && !escaped) {
            escaped = true;
            continue;
        }
        if (c && !(escaped && c == '\n')) {
            str_add(&line->text, c);
            str_add(&line->kind, escaped ? QUOTED : SPLIT);
        }
        escaped = false;
    }
}

static bool separates(const struct expansion *line, size_t i, const char *ifs) {
    return line->kind.text[i] == SPLIT && strchr(ifs, line->text.text[i]);
}

static bool blank(const struct expansion *line, size_t i, const char *ifs) {
    return separates(line, i, ifs) && strchr(" \t", line->text.text[i]);
}

/* The last name's part: without blanks at its end, and without one separator if that is all that follows. */
static size_t trimmed_end(const struct expansion *line, size_t from, size_t end, const char *ifs) {
    size_t to = end, separators = 0;
    while (to > from && blank(line, to - 1, ifs)) to--;
    for (size_t i = from; i < to; i++) separators += separates(line, i, ifs) && !blank(line, i, ifs);
    if (to > from && separators == 1 && separates(line, to - 1, ifs)) {
        to--;
        while (to > from && blank(line, to - 1, ifs)) to--;
    }
    return to;
}

static void distribute(const struct expansion *line, int count, char **names) {
    const char *ifs = get_var("IFS");
    if (!ifs) ifs = " \t\n";
    size_t i = 0, end = line->text.len;
    while (i < end && blank(line, i, ifs)) i++;
    for (int k = 0; k < count; k++) {
        size_t start = i, stop;
        if (k == count - 1) {
            stop = i = trimmed_end(line, start, end, ifs);
        } else {
            while (i < end && !separates(line, i, ifs)) i++;
            stop = i;
            while (i < end && blank(line, i, ifs)) i++;
            if (i < end && separates(line, i, ifs)) i++;
            while (i < end && blank(line, i, ifs)) i++;
        }
        set_var(names[k], end ? arena_text(&temporary, line->text.text + start, stop - start) : "");
    }
}

int builtin_read(int argc, char **argv) {
    static char *reply[] = {"REPLY"};
    bool raw = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "-r") == 0) {
            raw = true;
        } else if (strcmp(argv[i], "-p") == 0 && i + 1 < argc) {
            fputs(argv[++i], stderr);
        } else {
            fprintf(stderr, "%s: read: %s: no such option\n", shell_name, argv[i]);
            return 2;
        }
    }
    for (int k = i; k < argc; k++)
        if (!is_name(argv[k], strlen(argv[k]))) {
            fprintf(stderr, "%s: read: %s: not a name\n", shell_name, argv[k]);
            return 2;
        }
    struct expansion line = {0};
    bool good = read_line(&line, raw);
    distribute(&line, i < argc ? argc - i : 1, i < argc ? argv + i : reply);
    str_free(&line.text);
    str_free(&line.kind);
    return !good;
}
