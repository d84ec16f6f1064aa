/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens to a tree, by recursive descent: list, and-or, pipeline, command. */
#include "sh.h"

#include <ctype.h>

static struct token token; /* the next one, if peeked */
static bool peeked;

static struct node *parse_list(bool one_line);

/* How deep the tree may be: walking it needs stack, too. */
enum { DEEPEST = 1000 };
static int depth;

static bool enter(void) {
    if (++depth > DEEPEST) syntax_error("nested too deeply", NULL);
    return !parse_failed;
}

static struct token *peek(void) {
    if (parse_failed) {
        token = (struct token){END, "end of input"};
    } else if (!peeked) {
        token = lex_token();
        if (token.kind != END) continuing = true;
    }
    peeked = true;
    return &token;
}

static struct token take(void) {
    struct token t = *peek();
    peeked = false;
    return t;
}

static bool at_operator(const char *text) { return peek()->kind == OPERATOR && strcmp(token.text, text) == 0; }

static bool take_operator(const char *text) {
    bool there = at_operator(text);
    if (there) peeked = false;
    return there;
}

static bool at_word(const char *text) { return peek()->kind == WORD && strcmp(token.text, text) == 0; }

static bool take_word(const char *text) {
    bool there = at_word(text);
    if (there) peeked = false;
    return there;
}

static void unexpected(void) {
    const struct token *t = peek();
    syntax_error("unexpected", t->text);
}

static void require(const char *word) {
    if (take_word(word)) return;
    char text[64];
    snprintf(text, sizeof text, "%s where \"%s\" was expected", peek()->text, word);
    syntax_error("unexpected", text);
}

static void skip_newlines(void) {
    while (peek()->kind == NEWLINE) peeked = false;
}

static void *make(size_t size) { return arena_alloc(parse_arena, size); }

static struct node *node(enum node_kind kind, struct node *left, struct node *right) {
    struct node *n = make(sizeof *n);
    n->kind = kind;
    n->left = left;
    n->right = right;
    return n;
}

size_t name_length(const char *s) {
    size_t n = 0;
    if (isalpha(*s) || *s == '_')
        while (isalnum(s[n]) || s[n] == '_') n++;
    return n;
}

bool is_name(const char *s, size_t n) { return n > 0 && name_length(s) >= n; }

static bool is_assignment(const char *word) {
    size_t n = name_length(word);
    return n && word[n] == '=';
}

/* Words that end a list where a command could begin. */
static bool is_closing(const char *word) {
    static const char *const CLOSING[] = {"then", "elif", "else", "fi", "do", "done", "esac", "}"};
    for (size_t i = 0; i < sizeof CLOSING / sizeof CLOSING[0]; i++)
        if (strcmp(word, CLOSING[i]) == 0) return true;
    return false;
}

static struct word **add_word(struct word **end, char *text) {
    struct word *w = make(sizeof *w);
    w->text = text;
    *end = w;
    return &w->next;
}

/* The delimiter of a here-document without its quotes; whether it had any. */
static char *unquote(const char *word, bool *quoted) {
    char *out = make(strlen(word) + 1), *o = out;
    for (char quote = 0; *word; word++) {
        if (*word == '\\' && quote != '\'' && word[1]) *o++ = *++word, *quoted = true;
        else if (quote ? *word == quote : *word == '\'' || *word == '"') quote = quote ? 0 : *word, *quoted = true;
        else *o++ = *word;
    }
    return out;
}

static bool at_redirect(void) {
    return peek()->kind == IO_NUMBER || (token.kind == OPERATOR && (token.text[0] == '<' || token.text[0] == '>'));
}

static struct redirect **parse_redirect(struct redirect **end) {
    struct redirect *r = make(sizeof *r);
    r->fd = peek()->kind == IO_NUMBER ? atoi(take().text) : -1;
    const char *op = take().text;
    if (r->fd < 0) r->fd = op[0] == '>';
    if (peek()->kind != WORD && token.kind != IO_NUMBER) {
        unexpected();
        return end;
    }
    char *word = take().text;
    r->word = word;
    if (strncmp(op, "<<", 2) == 0) {
        r->kind = HERE;
        char *delimiter = unquote(word, &r->literal);
        lex_here_document_later(r, delimiter, op[2] == '-');
    } else {
        r->kind = op[1] == '&' ? DUPLICATE : op[1] == '>' ? (op[0] == '<' ? READ_WRITE : APPEND) : op[0] == '<' ? FROM : TO;
    }
    *end = r;
    return &r->next;
}

static struct node *parse_compound(void);

static struct node *parse_function(char *name) {
    peeked = false; /* "(" */
    if (!take_operator(")")) unexpected();
    if (!is_name(name, strlen(name))) syntax_error("bad function name", name);
    skip_newlines();
    struct node *f = node(FUNCTION, parse_compound(), NULL);
    if (!f->left) unexpected();
    f->name = name;
    parse_arena->keep = true;
    return f;
}

static struct node *parse_simple(void) {
    struct node *n = node(SIMPLE, NULL, NULL);
    struct word **assigns = &n->assigns, **words = &n->words;
    struct redirect **redirects = &n->redirects;
    bool any = false;
    for (;; any = true) {
        if (at_redirect()) {
            redirects = parse_redirect(redirects);
        } else if (peek()->kind == WORD) {
            char *text = take().text;
            if (!n->words && is_assignment(text)) {
                assigns = add_word(assigns, text);
            } else {
                words = add_word(words, text);
                if (n->words->next == NULL && !n->assigns && !n->redirects && at_operator("(")) return parse_function(text);
            }
        } else {
            break;
        }
        if (parse_failed) return NULL;
    }
    return any ? n : NULL;
}

/* A list that must hold at least one command. */
static struct node *parse_body(void) {
    struct node *body = parse_list(false);
    if (!body) unexpected();
    return body;
}

static struct node *parse_if(void) {
    struct node *n = node(IF, parse_body(), NULL);
    require("then");
    n->right = parse_body();
    if (take_word("elif")) {
        if (enter()) n->otherwise = parse_if();
        depth--;
        return n;
    }
    if (take_word("else")) n->otherwise = parse_body();
    require("fi");
    return n;
}

static struct node *parse_loop(enum node_kind kind) {
    struct node *n = node(kind, parse_body(), NULL);
    require("do");
    n->right = parse_body();
    require("done");
    return n;
}

static struct node *parse_for(void) {
    struct node *n = node(FOR, NULL, NULL);
    if (peek()->kind != WORD || !is_name(token.text, strlen(token.text))) {
        unexpected();
        return NULL;
    }
    n->name = take().text;
    skip_newlines();
    n->all_parameters = !take_word("in");
    struct word **words = &n->words;
    while (!n->all_parameters && peek()->kind == WORD) words = add_word(words, take().text);
    take_operator(";");
    skip_newlines();
    require("do");
    n->right = parse_body();
    require("done");
    return n;
}

static struct node *parse_case(void) {
    struct node *n = node(CASE, NULL, NULL);
    if (peek()->kind != WORD) unexpected();
    add_word(&n->words, take().text);
    skip_newlines();
    require("in");
    skip_newlines();
    for (struct case_item **end = &n->items; !parse_failed && !take_word("esac");) {
        struct case_item *item = make(sizeof *item);
        struct word **patterns = &item->patterns;
        take_operator("(");
        do {
            if (peek()->kind != WORD) unexpected();
            patterns = add_word(patterns, take().text);
        } while (take_operator("|"));
        if (!take_operator(")")) unexpected();
        item->body = parse_list(false);
        *end = item;
        end = &item->next;
        if (!take_operator(";;")) {
            require("esac");
            break;
        }
        skip_newlines();
    }
    return n;
}

/* A compound command with its redirections, or NULL if none begins here. */
static struct node *parse_compound(void) {
    struct node *n;
    if (take_operator("(")) {
        n = node(SUBSHELL, parse_body(), NULL);
        if (!take_operator(")")) unexpected();
    } else if (take_word("{")) {
        n = node(GROUP, parse_body(), NULL);
        require("}");
    } else if (take_word("if")) {
        n = parse_if();
    } else if (take_word("while")) {
        n = parse_loop(WHILE);
    } else if (take_word("until")) {
        n = parse_loop(UNTIL);
    } else if (take_word("for")) {
        n = parse_for();
    } else if (take_word("case")) {
        n = parse_case();
    } else {
        return NULL;
    }
    for (struct redirect **end = n ? &n->redirects : NULL; !parse_failed && at_redirect();) end = parse_redirect(end);
    return parse_failed ? NULL : n;
}

static struct node *parse_one(void) {
    if (peek()->kind == WORD && is_closing(token.text)) return NULL;
    struct node *n = parse_compound();
    return n || parse_failed ? n : parse_simple();
}

static struct node *parse_pipeline(void);

static struct node *parse_negated_or_piped(void) {
    if (take_word("!")) {
        struct node *inner = parse_pipeline();
        if (!inner) unexpected();
        return node(NOT, inner, NULL);
    }
    struct node *n = parse_one();
    if (!n || !take_operator("|")) return n;
    skip_newlines();
    struct node *rest = parse_pipeline();
    if (!rest) unexpected();
    return node(PIPE, n, rest);
}

static struct node *parse_pipeline(void) {
    struct node *n = enter() ? parse_negated_or_piped() : NULL;
    depth--;
    return n;
}

static struct node *parse_and_or(void) {
    struct node *n = parse_pipeline();
    for (int length = 0; n; length++) {
        if (length > DEEPEST) syntax_error("too many && and ||", NULL);
        bool and = take_operator("&&");
        if (!and && !take_operator("||")) break;
        skip_newlines();
        struct node *right = parse_pipeline();
        if (!right) unexpected();
        n = node(and ? AND : OR, n, right);
    }
    return n;
}

/* Commands joined by ";", "&" and newlines; with one_line up to the first newline only. */
static struct node *parse_list(bool one_line) {
    struct node *list = NULL, **last = &list;
    for (;;) {
        if (!one_line) skip_newlines();
        struct node *n = parse_and_or();
        if (!n) break;
        bool more = take_operator(";");
        if (!more && take_operator("&")) {
            n = node(BACKGROUND, n, NULL);
            more = true;
        }
        if (list) {
            *last = node(SEQUENCE, *last, n);
            last = &(*last)->right;
        } else {
            list = n;
        }
        if (!more && (one_line || peek()->kind != NEWLINE)) break;
    }
    return parse_failed ? NULL : list;
}

struct node *parse_until_parenthesis(void) {
    peeked = false;
    struct node *list = parse_list(false);
    if (!take_operator(")")) unexpected();
    return list;
}

bool parse_command(struct node **to) {
    parse_failed = peeked = continuing = false;
    *to = parse_list(true);
    if (parse_failed) return false;
    if (peek()->kind == NEWLINE) return true;
    if (token.kind == END && !parse_failed) return *to != NULL;
    unexpected();
    return false;
}
