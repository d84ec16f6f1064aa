/* SPDX-License-Identifier: BSD-2-Clause */
/* wc [-lwc] [FILE...]: lines, words, bytes. */
#include "tool.h"

#include <ctype.h>

const char *const tool = "wc";

struct counts {
    unsigned lines, words, bytes;
};

static unsigned wanted;

static void show(const struct counts *n, const char *name) {
    const char *gap = "";
    unsigned value[] = {n->lines, n->words, n->bytes};
    bool several = (wanted & (wanted - 1)) != 0;
    for (int i = 0; i < 3; i++) {
        if (!(wanted >> i & 1)) continue;
        printf("%s%*u", gap, several ? 7 : 0, value[i]);
        gap = " ";
    }
    if (name) printf(" %s", name);
    putchar('\n');
}

static int count(FILE *f, const char *name, struct counts *total) {
    struct counts n = {0, 0, 0};
    bool in_word = false;
    for (int c; (c = fgetc(f)) != EOF;) {
        n.bytes++;
        if (c == '\n') n.lines++;
        if (!isspace(c) && !in_word) n.words++;
        in_word = !isspace(c);
    }
    if (ferror(f)) return complain(name ? name : "standard input");
    show(&n, name);
    total->lines += n.lines;
    total->words += n.words;
    total->bytes += n.bytes;
    return 0;
}

int main(int argc, char **argv) {
    int first = options(argc, argv, "lwc", &wanted), status = 0;
    struct counts total = {0, 0, 0};
    if (first < 0) return usage("[-lwc] [FILE...]");
    if (!wanted) wanted = 7;
    if (first >= argc) return finish(count(stdin, NULL, &total));
    for (int i = first; i < argc; i++) {
        FILE *f = fopen(argv[i], "r");
        if (!f) {
            status |= complain(argv[i]);
            continue;
        }
        status |= count(f, argv[i], &total);
        fclose(f);
    }
    if (argc - first > 1) show(&total, "total");
    return finish(status);
}
