/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns: * ? [set] [!set] and backslash; against a text, and against the names in directories. */
#include "sh.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

/* p is behind "["; gives what follows the set, or NULL if it is not one. */
static const char *match_set(const char *p, char c, bool *found) {
    bool not = *p == '!' || *p == '^', first = true;
    *found = false;
    if (not) p++;
    for (; *p && (*p != ']' || first); first = false) {
        if (*p == '\\' && p[1]) p++;
        unsigned char low = (unsigned char)*p++, high = low;
        if (*p == '-' && p[1] && p[1] != ']') {
            p++;
            if (*p == '\\' && p[1]) p++;
            high = (unsigned char)*p++;
        }
        if ((unsigned char)c >= low && (unsigned char)c <= high) *found = true;
    }
    if (!*p) return NULL;
    *found ^= not;
    return p + 1;
}

bool matches(const char *p, const char *s) {
    const char *star = NULL, *star_text = NULL; /* where to try again: the last * takes one character more */
    for (;;) {
        if (*p == '*') {
            star = ++p;
            star_text = s;
            continue;
        }
        if (!*s && !*p) return true;
        bool same = false;
        const char *next = p + 1;
        if (*p && *s) {
            if (*p == '?') {
                same = true;
            } else if (*p == '[') {
                const char *behind = match_set(p + 1, *s, &same);
                if (behind) next = behind;
                else same = *s == '[';
            } else {
                if (*p == '\\' && p[1]) next = ++p + 1;
                same = *p == *s;
            }
        }
        if (same) {
            p = next;
            s++;
        } else {
            if (!star || !*star_text) return false;
            p = star;
            s = ++star_text;
        }
    }
}

static bool has_magic(const char *p, const char *end) {
    for (; p < end; p++) {
        if (*p == '\\') p++;
        else if (strchr("*?[", *p)) return true;
    }
    return false;
}

/* prefix: the path so far, with its slash; pattern: the components still to come. */
static void walk(const char *prefix, const char *pattern, struct list *to) {
    const char *slash = pattern;
    while (*slash && *slash != '/') slash++;
    const char *rest = slash;
    while (*rest == '/') rest++;
    size_t n = strlen(prefix), part = (size_t)(slash - pattern);
    if (!has_magic(pattern, slash)) { /* nothing to look for: take it as it is */
        char path[PATH_MAX];
        struct stat st;
        if (n + (size_t)(rest - pattern) + 1 > sizeof path) return;
        memcpy(path, prefix, n);
        for (const char *p = pattern; p < rest; p++) {
            if (*p == '\\' && p[1]) p++;
            path[n++] = *p;
        }
        path[n] = 0;
        if (*rest) walk(path, rest, to);
        else if (lstat(path, &st) == 0) list_add(to, arena_text(&temporary, path, n));
        return;
    }
    char *component = arena_text(&temporary, pattern, part);
    DIR *dir = opendir(*prefix ? prefix : ".");
    if (!dir) return;
    for (struct dirent *e; (e = readdir(dir));) {
        if ((e->d_name[0] == '.' && component[0] != '.') || !matches(component, e->d_name)) continue;
        char path[PATH_MAX];
        struct stat st;
        int length = snprintf(path, sizeof path, "%s%s%s", prefix, e->d_name, slash < rest ? "/" : "");
        if ((size_t)length >= sizeof path) continue;
        if (slash < rest && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))) continue;
        if (*rest) walk(path, rest, to);
        else list_add(to, arena_text(&temporary, path, (size_t)length));
    }
    closedir(dir);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

bool add_paths(const char *pattern, struct list *to) {
    int before = to->count;
    const char *relative = pattern;
    while (*relative == '/') relative++;
    walk(relative > pattern ? "/" : "", relative, to);
    qsort(to->item + before, (size_t)(to->count - before), sizeof(char *), by_text);
    return to->count > before;
}
