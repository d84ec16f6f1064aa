/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables, and the positional parameters. */
#include "sh.h"

#include <ctype.h>

struct var {
    struct var *next;
    char *name, *value; /* value NULL: not set, but exported or read-only */
    bool exported, read_only;
};

struct saved_var {
    struct saved_var *before;
    char *name, *value;
    bool exported;
};

enum { BUCKETS = 32 };

static struct var *buckets[BUCKETS];
struct parameters parameters;
const char *shell_name = "sh";
pid_t shell_pid;
struct saved_var *locals;

static struct var **find(const char *name, size_t n) {
    unsigned hash = 0;
    for (size_t i = 0; i < n; i++) hash = hash * 31 + (unsigned char)name[i];
    struct var **link = &buckets[hash % BUCKETS];
    while (*link && (strncmp((*link)->name, name, n) != 0 || (*link)->name[n])) link = &(*link)->next;
    return link;
}

static char *copy_of(const char *text, size_t n) {
    char *copy = memcpy(checked(malloc(n + 1)), text, n);
    copy[n] = 0;
    return copy;
}

static struct var *make(const char *name, size_t n) {
    struct var **link = find(name, n);
    if (!*link) {
        *link = checked(calloc(1, sizeof **link));
        (*link)->name = copy_of(name, n);
    }
    return *link;
}

static bool set(const char *name, size_t n, const char *value) {
    struct var *v = make(name, n);
    if (v->read_only) {
        shell_error(v->name, "is read only");
        return false;
    }
    char *old = v->value;
    v->value = copy_of(value, strlen(value));
    free(old);
    return true;
}

const char *get_var(const char *name) {
    const struct var *v = *find(name, strlen(name));
    return v ? v->value : NULL;
}

bool set_var(const char *name, const char *value) { return set(name, strlen(name), value); }

bool assign(const char *assignment) {
    size_t n = name_length(assignment);
    return set(assignment, n, assignment + n + 1);
}

bool unset_var(const char *name) {
    struct var **link = find(name, strlen(name)), *v = *link;
    if (!v) return true;
    if (v->read_only) {
        shell_error(name, "is read only");
        return false;
    }
    *link = v->next;
    free(v->name);
    free(v->value);
    free(v);
    return true;
}

void mark_var(const char *name, bool exported, bool read_only) {
    struct var *v = make(name, strlen(name));
    v->exported |= exported;
    v->read_only |= read_only;
}

static void show_quoted(const char *text) {
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'') fputs("'\\''", stdout);
        else putchar(*text);
    }
    putchar('\'');
}

static int by_name(const void *a, const void *b) { return strcmp((*(struct var *const *)a)->name, (*(struct var *const *)b)->name); }

void show_vars(bool exported, bool read_only) {
    const struct var *all[256];
    size_t count = 0;
    for (int i = 0; i < BUCKETS; i++)
        for (const struct var *v = buckets[i]; v && count < 256; v = v->next)
            if ((v->exported || !exported) && (v->read_only || !read_only)) all[count++] = v;
    qsort(all, count, sizeof all[0], by_name);
    for (size_t i = 0; i < count; i++) {
        if (!all[i]->value && !exported && !read_only) continue;
        printf("%s%s", exported ? "export " : read_only ? "readonly " : "", all[i]->name);
        if (all[i]->value) {
            putchar('=');
            show_quoted(all[i]->value);
        }
        putchar('\n');
    }
}

char **make_environment(void) {
    struct list list = {NULL, 0, 0};
    for (int i = 0; i < BUCKETS; i++)
        for (const struct var *v = buckets[i]; v; v = v->next) {
            if (!v->exported || !v->value) continue;
            size_t room = strlen(v->name) + strlen(v->value) + 2;
            char *entry = checked(malloc(room));
            snprintf(entry, room, "%s=%s", v->name, v->value);
            list_add(&list, entry);
        }
    list_add(&list, NULL);
    return list.item;
}

void import_environment(void) {
    for (char **e = environ; e && *e; e++) {
        size_t n = name_length(*e);
        if (!n || (*e)[n] != '=') continue;
        assign(*e);
        make(*e, n)->exported = true;
    }
}

void drop_parameters(struct parameters *p) {
    if (!p->owned) return;
    for (int i = 0; i < p->count; i++) free(p->value[i]);
    free(p->value);
}

void set_parameters(int count, char **values) {
    struct parameters old = parameters;
    parameters = (struct parameters){count, checked(calloc((size_t)count + 1, sizeof(char *))), true};
    for (int i = 0; i < count; i++) parameters.value[i] = copy_of(values[i], strlen(values[i]));
    drop_parameters(&old);
}

/* Remembers a variable as it is; "local" and assignments before a command give it back when they end. */
struct saved_var *save_var(const char *name, struct saved_var *before) {
    const struct var *v = *find(name, strlen(name));
    struct saved_var *s = checked(malloc(sizeof *s));
    *s = (struct saved_var){before, copy_of(name, strlen(name)), NULL, v && v->exported};
    if (v && v->value) s->value = copy_of(v->value, strlen(v->value));
    return s;
}

void restore_vars(struct saved_var *s) {
    while (s) {
        struct saved_var *before = s->before;
        struct var *v = make(s->name, strlen(s->name));
        if (!v->read_only) {
            free(v->value);
            v->value = s->value;
            v->exported = s->exported;
        } else {
            free(s->value);
        }
        free(s->name);
        free(s);
        s = before;
    }
}
