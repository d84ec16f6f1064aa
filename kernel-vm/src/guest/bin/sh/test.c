/* SPDX-License-Identifier: BSD-2-Clause */
/* test and [: by the number of arguments where that decides, by precedence beyond: ( ) ! -a -o. */
#include "sh.h"

#include <sys/stat.h>

static char **args;
static int left;
static bool failed;

static bool any(void);

static void fail(const char *what, const char *why) {
    if (!failed) fprintf(stderr, "%s: test: %s: %s\n", shell_name, what, why);
    failed = true;
}

static char *take(void) {
    if (left == 0) {
        fail("end", "an argument is missing");
        return "";
    }
    left--;
    return *args++;
}

static long number(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    while (*end == ' ') end++;
    if (end == text || *end) fail(text, "not a number");
    return value;
}

static bool newer(const char *a, const char *b) {
    struct stat x, y;
    if (stat(a, &x) < 0) return false;
    if (stat(b, &y) < 0) return true;
    return x.st_mtime != y.st_mtime ? x.st_mtime > y.st_mtime : x.st_mtime_nsec > y.st_mtime_nsec;
}

static bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

enum binary { NO_BINARY, TEXT_EQ, TEXT_NE, TEXT_LT, TEXT_GT, EQ, NE, LT, LE, GT, GE, NEWER, OLDER, SAME };

static enum binary binary(const char *op) {
    static const char *const TEXT[] = {"",    "=",   "!=",  "<",   ">",   "-eq", "-ne",
                                       "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
    for (int i = 1; i <= SAME; i++)
        if (strcmp(op, TEXT[i]) == 0) return (enum binary)i;
    return strcmp(op, "==") == 0 ? TEXT_EQ : NO_BINARY;
}

static bool compare(const char *a, enum binary op, const char *b) {
    switch (op) {
    case TEXT_EQ: return strcmp(a, b) == 0;
    case TEXT_NE: return strcmp(a, b) != 0;
    case TEXT_LT: return strcmp(a, b) < 0;
    case TEXT_GT: return strcmp(a, b) > 0;
    case EQ: return number(a) == number(b);
    case NE: return number(a) != number(b);
    case LT: return number(a) < number(b);
    case LE: return number(a) <= number(b);
    case GT: return number(a) > number(b);
    case GE: return number(a) >= number(b);
    case NEWER: return newer(a, b);
    case OLDER: return newer(b, a);
    case SAME: return same_file(a, b);
    default: return false;
    }
}

static bool is_unary(const char *op) { return op[0] == '-' && op[1] && !op[2] && strchr("bcdefghknprstuwxzL", op[1]); }

static bool unary(char op, const char *arg) {
    struct stat st;
    switch (op) {
    case 'n': return *arg;
    case 'z': return !*arg;
    case 't': return isatty((int)number(arg));
    case 'r': return access(arg, R_OK) == 0;
    case 'w': return access(arg, W_OK) == 0;
    case 'x': return access(arg, X_OK) == 0;
    case 'h':
    case 'L': return lstat(arg, &st) == 0 && S_ISLNK(st.st_mode);
    }
    if (stat(arg, &st) < 0) return false;
    switch (op) {
    case 'b': return S_ISBLK(st.st_mode);
    case 'c': return S_ISCHR(st.st_mode);
    case 'd': return S_ISDIR(st.st_mode);
    case 'f': return S_ISREG(st.st_mode);
    case 'p': return S_ISFIFO(st.st_mode);
    case 'g': return st.st_mode & 02000;
    case 'k': return st.st_mode & 01000;
    case 'u': return st.st_mode & 04000;
    case 's': return st.st_size > 0;
    default: return true;
    }
}

static bool primary(void) {
    if (left >= 3 && binary(args[1])) {
        const char *a = take();
        enum binary op = binary(take());
        return compare(a, op, take());
    }
    const char *first = take();
    if (left > 0 && strcmp(first, "(") == 0) {
        bool value = any();
        if (strcmp(take(), ")") != 0) fail("(", "missing )");
        return value;
    }
    if (left > 0 && is_unary(first)) return unary(first[1], take());
    return *first;
}

static bool negation(void) {
    if (left > 1 && strcmp(args[0], "!") == 0 && !(left >= 3 && binary(args[1]))) {
        take();
        return !negation();
    }
    return primary();
}

static bool all(void) {
    bool value = negation();
    while (left && strcmp(args[0], "-a") == 0) {
        take();
        value &= negation();
    }
    return value;
}

static bool any(void) {
    bool value = all();
    while (left && strcmp(args[0], "-o") == 0) {
        take();
        value |= all();
    }
    return value;
}

int builtin_test(int argc, char **argv) {
    args = argv + 1;
    left = argc - 1;
    failed = false;
    if (strcmp(argv[0], "[") == 0 && (left == 0 || strcmp(argv[--left + 1], "]") != 0)) {
        fail("[", "missing ]");
        return 2;
    }
    if (left == 0) return 1;
    bool value = any();
    if (left && !failed) fail(*args, "unexpected argument");
    return failed ? 2 : !value;
}
