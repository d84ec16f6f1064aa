/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Characters to tokens. A word keeps its quotes: expand.c takes them away. What stands in $( ) is found by parsing it,
 * so that a parenthesis of a case pattern does not end it.
 */
#include "sh.h"

#include <ctype.h>

enum { DEEPEST = 500 }; /* $( and ${ inside one another */

struct here_document {
    struct here_document *next;
    struct redirect *redirect;
    const char *delimiter;
    bool strip_tabs;
};

struct arena *parse_arena;
bool parse_failed;
static struct here_document *waiting;

void syntax_error(const char *what, const char *detail) {
    if (!parse_failed && !interrupted) {
        fflush(stdout);
        fprintf(stderr, "%s: line %d: syntax error: %s%s%s\n", shell_name, input->line, what, detail ? " " : "",
                detail ? detail : "");
    }
    parse_failed = true;
}

static void lex_dollar(struct str *to, bool in_quotes);

static void lex_single(struct str *to) {
    for (int c; (c = next_char()) != '\'';) {
        if (c == EOF) {
            syntax_error("unterminated quote", "'");
            return;
        }
        str_add(to, (char)c);
    }
    str_add(to, '\'');
}

static void lex_backquote(struct str *to) {
    for (int c; (c = next_char()) != '`';) {
        if (c == '\\') {
            str_add(to, '\\');
            c = next_char();
        }
        if (c == EOF) {
            syntax_error("unterminated quote", "`");
            return;
        }
        str_add(to, (char)c);
    }
    str_add(to, '`');
}

/* Up to `end`: the closing quote of "...", or the brace of ${...}. */
static void lex_nested(struct str *to, char end, bool in_quotes) {
    for (int c; (c = next_char()) != end;) {
        if (c == EOF) {
            syntax_error("unterminated", end == '"' ? "\"" : "${");
            return;
        }
        str_add(to, (char)c);
        if (c == '\\') {
            if ((c = next_char()) != EOF) str_add(to, (char)c);
        } else if (c == '$') {
            lex_dollar(to, in_quotes);
        } else if (c == '`') {
            lex_backquote(to);
        } else if (c == '"') {
            lex_nested(to, '"', true);
        } else if (c == '\'' && !in_quotes) {
            lex_single(to);
        }
    }
    str_add(to, end);
}

static void lex_arithmetic(struct str *to) {
    int depth = 2;
    while (depth > 0) {
        int c = next_char();
        if (c == EOF) {
            syntax_error("unterminated", "$((");
            return;
        }
        str_add(to, (char)c);
        if (c == '$') lex_dollar(to, true);
        if (c == '`') lex_backquote(to);
        if (c == '(') depth++;
        if (c == ')') depth--;
    }
}

static void lex_substitution(struct str *to) {
    struct here_document *outer_waiting = waiting;
    waiting = NULL;
    size_t start = captured.len;
    capturing++;
    parse_until_parenthesis();
    capturing--;
    str_add_text(to, str_text(&captured) + start, captured.len - start);
    if (!capturing) str_free(&captured);
    waiting = outer_waiting;
}

/* Behind a dollar sign. */
static void lex_dollar(struct str *to, bool in_quotes) {
    static int depth;
    int c = next_char();
    if (++depth > DEEPEST) syntax_error("nested too deeply", NULL);
    if (parse_failed) c = EOF; /* go no deeper */
    if (c == '{') {
        str_add(to, '{');
        lex_nested(to, '}', in_quotes);
    } else if (c == '(') {
        str_add(to, '(');
        c = next_char();
        if (c == '(') {
            str_add(to, '(');
            lex_arithmetic(to);
        } else {
            back_char(c);
            lex_substitution(to);
        }
    } else {
        back_char(c);
    }
    depth--;
}

size_t text_extent(const char *text, char kind) {
    struct input in;
    struct str skipped = {NULL, 0, 0};
    struct arena *outer_arena = parse_arena, scratch = {NULL, false};
    parse_arena = &scratch;
    parse_failed = false;
    input_from_text(&in, text);
    switch (kind) {
    case '"': lex_nested(&skipped, '"', true); break;
    case '{': lex_nested(&skipped, '}', false); break;
    case 'Q': lex_nested(&skipped, '}', true); break;
    case '`': lex_backquote(&skipped); break;
    case 'A': lex_arithmetic(&skipped); break;
    default: lex_substitution(&skipped); break;
    }
    input_pop();
    parse_arena = outer_arena;
    scratch.keep = false;
    arena_release(&scratch, (struct mark){NULL, 0});
    str_free(&skipped);
    if (parse_failed) { /* only a here-document or eval's like can come here unbalanced */
        if (!interactive) leave(2);
        skip = SKIP_ABORT;
        last_status = 2;
    }
    return in.pos;
}

static bool ends_word(int c) { return c == EOF || strchr(" \t\n;&|<>()", c) != NULL; }

static struct token lex_word(int c) {
    struct str word = {NULL, 0, 0};
    bool digits = true;
    for (; !ends_word(c); c = next_char()) {
        if (c == '\\') {
            digits = false;
            c = next_char();
            if (c == '\n') continue;
            str_add(&word, '\\');
            if (c == EOF) break;
            str_add(&word, (char)c);
            continue;
        }
        str_add(&word, (char)c);
        if (c == '\'') lex_single(&word);
        else if (c == '"') lex_nested(&word, '"', true);
        else if (c == '`') lex_backquote(&word);
        else if (c == '$') lex_dollar(&word, false);
        if (!isdigit(c)) digits = false;
        if (parse_failed) break;
    }
    back_char(c);
    struct token t = {WORD, arena_text(parse_arena, str_text(&word), word.len)};
    if (digits && word.len && (c == '<' || c == '>')) t.kind = IO_NUMBER;
    str_free(&word);
    return t;
}

void lex_here_document_later(struct redirect *r, const char *delimiter, bool strip_tabs) {
    struct here_document *h = arena_alloc(parse_arena, sizeof *h), **end = &waiting;
    *h = (struct here_document){NULL, r, delimiter, strip_tabs};
    while (*end) end = &(*end)->next;
    *end = h;
}

static void read_here_document(const struct here_document *h) {
    struct str body = {NULL, 0, 0};
    for (;;) {
        size_t start = body.len;
        int c = next_char();
        while (h->strip_tabs && c == '\t') c = next_char();
        if (c == EOF) break;
        for (; c != EOF && c != '\n'; c = next_char()) str_add(&body, (char)c);
        if (strcmp(str_text(&body) + start, h->delimiter) == 0) {
            body.len = start;
            break;
        }
        str_add(&body, '\n');
    }
    h->redirect->word = arena_text(parse_arena, str_text(&body), body.len);
    str_free(&body);
}

struct token lex_token(void) {
    static const char *const OPERATORS[] = {"<<-", "<<", "<&", "<>", ">>", ">&", ">|", "&&", "||", ";;",
                                            "<",   ">",  "&",  "|",  ";",  "(",  ")"};
    int c = next_char();
    for (;; c = next_char()) {
        if (c == '\\') {
            c = next_char();
            if (c == '\n') continue;
            back_char(c);
            c = '\\';
            break;
        }
        if (c == '#')
            while (c != EOF && c != '\n') c = next_char();
        if (c != ' ' && c != '\t') break;
    }
    if (c == EOF || parse_failed) return (struct token){END, "end of input"};
    if (c == '\n') {
        for (; waiting; waiting = waiting->next) read_here_document(waiting);
        return (struct token){NEWLINE, "newline"};
    }
    if (!ends_word(c)) return lex_word(c);
    char text[4] = {(char)c, 0, 0, 0};
    for (int n = 1; n < 3; n++) { /* the longest operator that these characters begin */
        c = next_char();
        text[n] = c == EOF ? 0 : (char)c;
        bool known = false;
        for (size_t i = 0; c != EOF && i < sizeof OPERATORS / sizeof OPERATORS[0]; i++)
            if (strcmp(OPERATORS[i], text) == 0) known = true;
        if (!known) {
            back_char(c);
            text[n] = 0;
            break;
        }
    }
    return (struct token){OPERATOR, arena_text(parse_arena, text, strlen(text))};
}
