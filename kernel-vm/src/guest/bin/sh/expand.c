/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expansion: a word as it was written becomes text, in which each character has a kind: LITERAL (unquoted as written),
 * QUOTED, or SPLIT (out of an unquoted expansion, so that it may be split into fields). BREAK ends a field ("$@"); NOTHING marks
 * quotes, so that '' is a field even though it is empty.
 */
#include "sh.h"

#include <ctype.h>
#include <sys/wait.h>

enum context { UNQUOTED, IN_QUOTES, IN_HERE_DOCUMENT, IN_BRACES /* of an unquoted ${x:-word} */ };

int substitution_status;

static const char *expand_dollar(const char *s, enum context context, struct expansion *to);

static void emit(struct expansion *to, char c, char kind) {
    str_add(&to->text, c);
    str_add(&to->kind, kind);
}

static void emit_text(struct expansion *to, const char *text, size_t n, char kind) {
    for (size_t i = 0; i < n; i++) emit(to, text[i], kind);
}

static char kind_of_result(enum context context) { return context == UNQUOTED || context == IN_BRACES ? SPLIT : QUOTED; }

/* ---- what stands for text */

static void emit_parameters(struct expansion *to, bool as_one, enum context context) {
    char kind = kind_of_result(context);
    const char *ifs = get_var("IFS");
    for (int i = 0; i < parameters.count; i++) {
        if (i > 0) {
            if (as_one && kind == QUOTED) {
                if (!ifs || *ifs) emit(to, ifs ? *ifs : ' ', QUOTED);
            } else {
                emit(to, ' ', BREAK);
            }
        }
        if (kind == QUOTED) emit(to, 0, NOTHING);
        emit_text(to, parameters.value[i], strlen(parameters.value[i]), kind);
    }
}

/* The value of a parameter that is one text; NULL if it is not set. `number` is room for a number's digits. */
static const char *parameter(const char *name, size_t n, char number[16]) {
    if (isdigit(*name)) {
        int i = atoi(arena_text(&temporary, name, n));
        return i == 0 ? shell_name : i <= parameters.count ? parameters.value[i - 1] : NULL;
    }
    switch (*name) {
    case '?': snprintf(number, 16, "%d", last_status); return number;
    case '#': snprintf(number, 16, "%d", parameters.count); return number;
    case '$': snprintf(number, 16, "%d", shell_pid); return number;
    case '!':
        if (!last_background) return NULL;
        snprintf(number, 16, "%d", last_background);
        return number;
    case '-':
        snprintf(number, 16, "%s%s%s%s%s", opt_errexit ? "e" : "", opt_noglob ? "f" : "", interactive ? "i" : "",
                 opt_nounset ? "u" : "", opt_xtrace ? "x" : "");
        return number;
    }
    char *copy = arena_text(&temporary, name, n);
    return get_var(copy);
}

static void unset_error(const char *name, size_t n) {
    shell_error(arena_text(&temporary, name, n), "parameter not set");
}

static void emit_command_output(const char *command, size_t n, enum context context, struct expansion *to) {
    int ends[2];
    char *text = arena_text(&temporary, command, n);
    if (pipe(ends) < 0) {
        shell_error("pipe", strerror(errno));
        return;
    }
    pid_t child = fork_shell();
    if (child == 0) {
        close(ends[0]);
        if (ends[1] != 1) {
            dup2(ends[1], 1);
            close(ends[1]);
        }
        leave(run_text(text, true));
    }
    close(ends[1]);
    struct str output = {NULL, 0, 0};
    char buf[512];
    for (;;) {
        ssize_t got = read(ends[0], buf, sizeof buf);
        if (got < 0 && errno == EINTR && !interrupted) continue;
        if (got <= 0) break;
        str_add_text(&output, buf, (size_t)got);
    }
    close(ends[0]);
    if (child > 0) substitution_status = wait_for(child);
    while (output.len && output.text[output.len - 1] == '\n') output.len--;
    emit_text(to, str_text(&output), output.len, kind_of_result(context));
    str_free(&output);
}

/* In backquotes a backslash quotes only these; the rest of the command is taken as it stands. */
static const char *expand_backquote(const char *s, enum context context, struct expansion *to) {
    struct str command = {NULL, 0, 0};
    const char *end = s + text_extent(s, '`');
    for (; s < end - 1; s++) {
        bool escape = *s == '\\' && (strchr("$`\\", s[1]) || (s[1] == '"' && context == IN_QUOTES));
        if (escape) s++;
        str_add(&command, *s);
    }
    emit_command_output(str_text(&command), command.len, context, to);
    str_free(&command);
    return end;
}

/* ---- quotes */

static void expand_run(const char *s, const char *end, enum context context, struct expansion *to) {
    char plain = context == UNQUOTED ? LITERAL : context == IN_BRACES ? SPLIT : QUOTED;
    bool quoting = context == IN_QUOTES || context == IN_HERE_DOCUMENT;
    while (s < end && skip != SKIP_ABORT) {
        char c = *s++;
        if (c == '$') {
            s = expand_dollar(s, context, to);
        } else if (c == '`') {
            s = expand_backquote(s, context, to);
        } else if (c == '\\' && s < end) {
            if (quoting && !strchr(context == IN_QUOTES ? "$`\"\\\n" : "$`\\\n", *s)) emit(to, '\\', QUOTED);
            if (*s != '\n' || !quoting) emit(to, *s, QUOTED);
            s++;
        } else if (c == '"' && context == IN_QUOTES) {
            continue; /* quotes inside "${x:-"word"}" */
        } else if (c == '"' && context != IN_HERE_DOCUMENT) {
            const char *close = s + text_extent(s, '"') - 1;
            bool no_parameters = parameters.count == 0 && (strncmp(s, "$@\"", 3) == 0 || strncmp(s, "${@}\"", 5) == 0);
            if (!no_parameters) emit(to, 0, NOTHING);
            expand_run(s, close, IN_QUOTES, to);
            s = close + 1;
        } else if (c == '\'' && !quoting) {
            const char *close = strchr(s, '\'');
            if (!close) close = end;
            emit(to, 0, NOTHING);
            emit_text(to, s, (size_t)(close - s), QUOTED);
            s = close + 1;
        } else {
            emit(to, c, plain);
        }
    }
}

static void clear(struct expansion *e) {
    str_free(&e->text);
    str_free(&e->kind);
}

/* ---- ${...} */

static char *run_to_text(const char *s, const char *end, enum context context) {
    struct expansion e = {0};
    expand_run(s, end, context, &e);
    char *text = joined(&e);
    clear(&e);
    return text;
}

/* value without the shortest or longest part at its end ('%') or start ('#') that matches. */
static void emit_trimmed(const char *value, char op, bool longest, const char *pattern, char kind, struct expansion *to) {
    size_t n = strlen(value);
    for (size_t i = 0; i <= n; i++) {
        size_t part = longest ? n - i : i;
        if (op == '%') {
            if (!matches(pattern, value + n - part)) continue;
            emit_text(to, value, n - part, kind);
            return;
        }
        if (!matches(pattern, arena_text(&temporary, value, part))) continue;
        emit_text(to, value + part, n - part, kind);
        return;
    }
    emit_text(to, value, n, kind);
}

static void expand_default(const char *name, size_t n, char op, const char *word, const char *end, enum context context,
                           struct expansion *to) {
    enum context inner = context == UNQUOTED ? IN_BRACES : context;
    if (op == '-' || op == '+') {
        expand_run(word, end, inner, to);
        return;
    }
    char *text = run_to_text(word, end, context);
    char *variable = arena_text(&temporary, name, n);
    if (op == '=') {
        if (!is_name(variable, n)) shell_error(variable, "cannot be assigned");
        else if (set_var(variable, text)) emit_text(to, text, strlen(text), kind_of_result(context));
    } else {
        shell_error(variable, *text ? text : "parameter not set");
    }
}

static const char *expand_braces(const char *s, enum context context, struct expansion *to) {
    const char *end = s + text_extent(s, context == UNQUOTED || context == IN_BRACES ? '{' : 'Q');
    const char *name = s, *close = end - 1;
    char number[16], kind = kind_of_result(context);
    bool length = *s == '#' && s[1] != '}' && strchr("%#:-=?+", s[1]) == NULL;
    if (length) name++;
    size_t n = name_length(name);
    if (!n && isdigit(*name))
        while (isdigit(name[n])) n++;
    if (!n) n = *name && strchr("?#$!-@*", *name) ? 1 : 0;
    const char *op = name + n;
    if (!n || op > close || (length && op != close)) {
        shell_error(arena_text(&temporary, s - 2, (size_t)(end - s + 2)), "bad substitution");
        return end;
    }
    bool all = *name == '@' || *name == '*';
    const char *value = all ? (parameters.count ? "" : NULL) : parameter(name, n, number);
    if (length) {
        if (!value && opt_nounset && !all) unset_error(name, n);
        if (all) snprintf(number, sizeof number, "%d", parameters.count);
        else snprintf(number, sizeof number, "%u", value ? strlen(value) : 0);
        emit_text(to, number, strlen(number), kind);
        return end;
    }
    bool colon = *op == ':' && op < close;
    if (colon) op++;
    bool empty = !value || (colon && !all && !*value);
    if (op == close && !colon) {
        if (!value && opt_nounset && !all) unset_error(name, n);
        else if (all) emit_parameters(to, *name == '*', context);
        else if (value) emit_text(to, value, strlen(value), kind);
    } else if (op < close && strchr("-=?+", *op)) {
        if (empty != (*op == '+')) expand_default(name, n, *op, op + 1, close, context, to);
        else if (*op == '+') return end;
        else if (all) emit_parameters(to, *name == '*', context);
        else emit_text(to, value, strlen(value), kind);
    } else if (op < close && !colon && (*op == '%' || *op == '#')) {
        bool longest = op[1] == *op && op + 1 < close;
        struct expansion e = {0};
        expand_run(op + 1 + longest, close, UNQUOTED, &e);
        if (value) emit_trimmed(value, *op, longest, pattern_of(&e, 0, e.text.len), kind, to);
        else if (opt_nounset) unset_error(name, n);
        clear(&e);
    } else {
        shell_error(arena_text(&temporary, s - 2, (size_t)(end - s + 2)), "bad substitution");
    }
    return end;
}

/* s is behind the dollar sign; gives where the text goes on. */
static const char *expand_dollar(const char *s, enum context context, struct expansion *to) {
    char number[16], kind = kind_of_result(context);
    if (*s == '{') return expand_braces(s + 1, context, to);
    if (*s == '(' && s[1] == '(') {
        size_t n = text_extent(s + 2, 'A');
        char text[24];
        if (n < 2) return s + 2;
        snprintf(text, sizeof text, "%lld", arithmetic(expand_arithmetic_text(s + 2, n - 2)));
        emit_text(to, text, strlen(text), kind);
        return s + 2 + n;
    }
    if (*s == '(') {
        size_t n = text_extent(s + 1, '(');
        emit_command_output(s + 1, n - 1, context, to);
        return s + 1 + n;
    }
    size_t n = name_length(s);
    if (!n && *s && (isdigit(*s) || strchr("?#$!-@*", *s))) n = 1;
    if (!n) {
        emit(to, '$', context == UNQUOTED ? LITERAL : QUOTED);
        return s;
    }
    if (*s == '@' || *s == '*') {
        emit_parameters(to, *s == '*', context);
        return s + 1;
    }
    const char *value = parameter(s, n, number);
    if (value) emit_text(to, value, strlen(value), kind);
    else if (opt_nounset) unset_error(s, n);
    return s + n;
}

/* ---- whole words */

/* "~" or "~/...": the home directory. */
static const char *expand_tilde(const char *s, struct expansion *to) {
    const char *home = get_var("HOME");
    if (*s != '~' || (s[1] && s[1] != '/' && s[1] != ':') || !home) return s;
    emit_text(to, home, strlen(home), QUOTED);
    return s + 1;
}

void expand_word(const char *word, struct expansion *to) {
    word = expand_tilde(word, to);
    expand_run(word, word + strlen(word), UNQUOTED, to);
}

char *expand_to_text(const char *word) {
    struct expansion e = {0};
    size_t n = name_length(word);
    if (n && word[n] == '=') { /* an assignment: the tilde stands behind the sign */
        emit_text(&e, word, n + 1, QUOTED);
        word += n + 1;
    }
    expand_word(word, &e);
    char *text = joined(&e);
    clear(&e);
    return text;
}

char *expand_here_document(const char *text) { return run_to_text(text, text + strlen(text), IN_HERE_DOCUMENT); }

char *expand_arithmetic_text(const char *text, size_t n) {
    char *copy = arena_text(&temporary, text, n);
    return run_to_text(copy, copy + n, IN_QUOTES);
}

char *expand_to_pattern(const char *word) {
    struct expansion e = {0};
    expand_word(word, &e);
    char *pattern = pattern_of(&e, 0, e.text.len);
    clear(&e);
    return pattern;
}

int expand_words(struct word *words, char ***arguments) {
    struct list list = {NULL, 0, 0};
    for (; words && skip != SKIP_ABORT; words = words->next) {
        struct expansion e = {0};
        expand_word(words->text, &e);
        split_fields(&e, &list);
        clear(&e);
    }
    *arguments = arena_alloc(&temporary, ((size_t)list.count + 1) * sizeof(char *));
    if (list.count) memcpy(*arguments, list.item, (size_t)list.count * sizeof(char *));
    free(list.item);
    return list.count;
}
