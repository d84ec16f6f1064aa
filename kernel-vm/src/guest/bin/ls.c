/* SPDX-License-Identifier: BSD-2-Clause */
/* ls [-alid1] [FILE...]: directories' entries in the order of their names; in columns on a terminal. */
#include "tool.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>

const char *const tool = "ls";

enum { ALL = 1, LONG = 2, INODE = 4, DIRECTORY_ITSELF = 8, ONE_PER_LINE = 16 };

static unsigned how;
static int columns; /* of the terminal, 0 if there is none */
static time_t now;

struct entry {
    char *name;
    struct stat st;
};

struct list {
    struct entry *entries;
    int count, room;
};

static bool add(struct list *list, const char *name, const char *path) {
    if (list->count == list->room) {
        int room = list->room ? list->room * 2 : 16;
        struct entry *more = realloc(list->entries, (size_t)room * sizeof *more);
        if (!more) return false;
        list->entries = more;
        list->room = room;
    }
    struct entry *e = &list->entries[list->count];
    if (lstat(path, &e->st) < 0) return false;
    e->name = strdup(name);
    if (!e->name) return false;
    list->count++;
    return true;
}

static void clear(struct list *list) {
    for (int i = 0; i < list->count; i++) free(list->entries[i].name);
    free(list->entries);
    *list = (struct list){NULL, 0, 0};
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static char kind(unsigned mode) {
    switch (mode & S_IFMT) {
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFIFO: return 'p';
    case S_IFREG: return '-';
    default: return '?';
    }
}

static void show_mode(unsigned mode) {
    char text[11] = "?rwxrwxrwx";
    text[0] = kind(mode);
    for (int bit = 0; bit < 9; bit++)
        if (!(mode >> bit & 1)) text[9 - bit] = '-';
    if (mode & 04000) text[3] = mode & 0100 ? 's' : 'S';
    if (mode & 02000) text[6] = mode & 0010 ? 's' : 'S';
    if (mode & 01000) text[9] = mode & 0001 ? 't' : 'T';
    printf("%s", text);
}

static void show_time(time_t when) {
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const struct tm *t = gmtime(&when);
    printf("%.3s %2d ", MONTHS + t->tm_mon * 3, t->tm_mday);
    if (when > now || now - when > 180 * 86400) printf(" %d", t->tm_year + 1900);
    else printf("%02d:%02d", t->tm_hour, t->tm_min);
}

static void show_long(const char *dir, const struct entry *e) {
    const struct stat *st = &e->st;
    show_mode(st->st_mode);
    printf(" %2u %4u %4u ", st->st_nlink, st->st_uid, st->st_gid);
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
        printf("%4u,%4u ", (unsigned)(st->st_rdev >> 8 & 0xfff), (unsigned)((st->st_rdev & 0xff) | (st->st_rdev >> 12 & 0xfff00)));
    else printf("%9lld ", st->st_size);
    show_time((time_t)st->st_mtime);
    printf(" %s", e->name);
    if (S_ISLNK(st->st_mode)) {
        char path[PATH_MAX], target[PATH_MAX];
        snprintf(path, sizeof path, "%s%s%s", dir, *dir ? "/" : "", e->name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n >= 0) printf(" -> %.*s", (int)n, target);
    }
    putchar('\n');
}

static void show_columns(const struct list *list) {
    int widest = 1;
    for (int i = 0; i < list->count; i++) {
        int n = (int)strlen(list->entries[i].name);
        if (n > widest) widest = n;
    }
    int across = columns / (widest + 2);
    if (across < 1) across = 1;
    int down = (list->count + across - 1) / across;
    for (int row = 0; row < down; row++)
        for (int i = row; i < list->count; i += down) {
            bool last = i + down >= list->count;
            printf("%-*s%s", last ? 0 : widest + 2, list->entries[i].name, last ? "\n" : "");
        }
}

static void show(const char *dir, struct list *list) {
    qsort(list->entries, (size_t)list->count, sizeof list->entries[0], by_name);
    if (columns && !(how & (LONG | INODE | ONE_PER_LINE))) {
        show_columns(list);
        return;
    }
    for (int i = 0; i < list->count; i++) {
        const struct entry *e = &list->entries[i];
        if (how & INODE) printf("%7llu ", e->st.st_ino);
        if (how & LONG) show_long(dir, e);
        else puts(e->name);
    }
}

static int list_directory(const char *path) {
    DIR *dir = opendir(path);
    if (!dir) return complain(path);
    struct list list = {NULL, 0, 0};
    int status = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char full[PATH_MAX];
        if (e->d_name[0] == '.' && !(how & ALL)) continue;
        snprintf(full, sizeof full, "%s/%s", path, e->d_name);
        if (!add(&list, e->d_name, full)) status = complain(full);
    }
    closedir(dir);
    show(path, &list);
    clear(&list);
    return status;
}

static bool is_directory(const char *path) {
    struct stat st;
    return !(how & DIRECTORY_ITSELF) && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           !((how & LONG) && lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
}

int main(int argc, char **argv) {
    static char *here[] = {"."};
    int first = options(argc, argv, "alid1", &how), status = 0;
    if (first < 0) return usage("[-alid1] [FILE...]");
    char **paths = first < argc ? argv + first : here;
    int count = first < argc ? argc - first : 1;

    struct winsize size;
    if (isatty(1)) columns = ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    now = time(NULL);

    struct list files = {NULL, 0, 0};
    for (int i = 0; i < count; i++)
        if (!is_directory(paths[i]) && !add(&files, paths[i], paths[i])) status = complain(paths[i]);
    if (files.count) show("", &files);
    bool gap = files.count > 0;
    clear(&files);
    for (int i = 0; i < count; i++) {
        if (!is_directory(paths[i])) continue;
        if (count > 1) printf("%s%s:\n", gap ? "\n" : "", paths[i]);
        gap = true;
        status |= list_directory(paths[i]);
    }
    return finish(status);
}
