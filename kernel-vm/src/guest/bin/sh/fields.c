/* SPDX-License-Identifier: BSD-2-Clause */
/* From expanded text to fields: split at IFS, then file names for those with an unquoted * ? [. */
#include "sh.h"

void list_add(struct list *list, char *item) {
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 8;
        list->item = checked(realloc(list->item, (size_t)list->room * sizeof(char *)));
    }
    list->item[list->count++] = item;
}

static char *plain(const struct expansion *e, size_t from, size_t to) {
    char *text = arena_alloc(&temporary, to - from + 1), *t = text;
    for (size_t i = from; i < to; i++) {
        char kind = e->kind.text[i];
        if (kind != NOTHING) *t++ = e->text.text[i];
    }
    return text;
}

char *joined(struct expansion *e) { return plain(e, 0, e->text.len); }

/* As a pattern for matches(): what was quoted gets a backslash where it would mean something. */
char *pattern_of(const struct expansion *e, size_t from, size_t to) {
    char *text = arena_alloc(&temporary, 2 * (to - from) + 1), *t = text;
    for (size_t i = from; i < to; i++) {
        char c = e->text.text[i], kind = e->kind.text[i];
        if (kind == NOTHING) continue;
        if ((kind == QUOTED && strchr("*?[]\\!-^", c)) || (kind != QUOTED && c == '\\')) *t++ = '\\';
        *t++ = c;
    }
    return text;
}

static bool is_pattern(const struct expansion *e, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if ((e->kind.text[i] == LITERAL || e->kind.text[i] == SPLIT) && strchr("*?[", e->text.text[i])) return true;
    return false;
}

static void add_field(const struct expansion *e, size_t from, size_t to, struct list *list) {
    if (!opt_noglob && is_pattern(e, from, to) && add_paths(pattern_of(e, from, to), list)) return;
    list_add(list, plain(e, from, to));
}

void split_fields(struct expansion *e, struct list *list) {
    const char *ifs = get_var("IFS");
    if (!ifs) ifs = " \t\n";
    size_t start = 0;
    bool any = false;         /* the field that began at `start` is one */
    bool after_blank = false; /* a field was ended by blanks: a separator that follows belongs to them */
    for (size_t i = 0; i < e->text.len; i++) {
        char c = e->text.text[i], kind = e->kind.text[i];
        bool separator = kind == SPLIT && c && strchr(ifs, c);
        if (kind != BREAK && !separator) {
            any = true;
            after_blank = false;
            continue;
        }
        bool blank = kind == BREAK || strchr(" \t\n", c);
        if (any || (!blank && !after_blank)) add_field(e, start, i, list);
        after_blank = blank && kind != BREAK && (any || after_blank);
        any = false;
        start = i + 1;
    }
    if (any) add_field(e, start, e->text.len, list);
}
