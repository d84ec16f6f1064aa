/* SPDX-License-Identifier: BSD-2-Clause */
/* $(( )): C's integer expressions in 64 bits, with variables and assignments. */
#include "sh.h"

#include <ctype.h>

static const char *at;
static bool failed;
static bool ignoring; /* in a branch that is not taken: no assignments, no division by zero */

static int64_t expression(int level);

static void fail(const char *why) {
    if (!failed) shell_error("arithmetic", why);
    failed = true;
}

static void skip_blanks(void) {
    while (isspace(*at)) at++;
}

static int64_t number(void) {
    uint64_t value = 0;
    unsigned base = 10;
    if (*at == '0') {
        base = 8;
        at++;
        if ((*at | 32) == 'x') {
            base = 16;
            at++;
        }
    }
    for (; isalnum(*at); at++) {
        unsigned digit = isdigit(*at) ? (unsigned)(*at - '0') : (unsigned)((*at | 32) - 'a' + 10);
        if (digit >= base) {
            fail("bad number");
            break;
        }
        value = value * base + digit;
    }
    return (int64_t)value;
}

static int64_t value_of(const char *name) {
    static int depth;
    const char *text = get_var(name);
    if (!text && opt_nounset) shell_error(name, "parameter not set");
    if (!text) return 0;
    if (depth > 20) {
        fail("a variable refers to itself");
        return 0;
    }
    depth++;
    const char *outer = at;
    char *copy = arena_text(&temporary, text, strlen(text));
    at = copy;
    skip_blanks();
    int64_t value = *at ? expression(0) : 0;
    skip_blanks();
    if (*at) fail("a variable is not a number");
    at = outer;
    depth--;
    return value;
}

static int64_t apply(int op, int64_t a, int64_t b) {
    uint64_t x = (uint64_t)a, y = (uint64_t)b; /* unsigned: overflow wraps */
    switch (op) {
    case '*': return (int64_t)(x * y);
    case '/':
    case '%':
        if (ignoring) return 0;
        if (b == 0) {
            fail("division by zero");
            return 0;
        }
        if (b == -1) return op == '/' ? (int64_t)-x : 0;
        return op == '/' ? a / b : a % b;
    case '+': return (int64_t)(x + y);
    case '-': return (int64_t)(x - y);
    case 'l': return (int64_t)(x << (y & 63));
    case 'r': return a >> (y & 63);
    case '<': return a < b;
    case '>': return a > b;
    case 'L': return a <= b;
    case 'G': return a >= b;
    case '=': return a == b;
    case '!': return a != b;
    case '&': return a & b;
    case '^': return a ^ b;
    case '|': return a | b;
    default: return b;
    }
}

/* The binary operators: text, level (a higher one binds more tightly), code for apply(). Longer texts first. */
static const struct {
    const char *text;
    int level, code;
} OPERATORS[] = {
    {"||", 1, 'o'}, {"&&", 2, 'a'}, {"==", 6, '='}, {"!=", 6, '!'}, {"<<", 8, 'l'}, {">>", 8, 'r'}, {"<=", 7, 'L'},
    {">=", 7, 'G'}, {"|", 3, '|'},  {"^", 4, '^'},  {"&", 5, '&'},  {"<", 7, '<'},  {">", 7, '>'},  {"+", 9, '+'},
    {"-", 9, '-'},  {"*", 10, '*'}, {"/", 10, '/'}, {"%", 10, '%'},
};

static int find_operator(void) {
    for (int i = 0; i < (int)(sizeof OPERATORS / sizeof OPERATORS[0]); i++)
        if (strncmp(at, OPERATORS[i].text, strlen(OPERATORS[i].text)) == 0) return i;
    return -1;
}

/* NAME, or NAME op= expression. */
static int64_t variable(void) {
    size_t n = name_length(at);
    char *name = arena_text(&temporary, at, n);
    at += n;
    skip_blanks();
    int i = find_operator();
    size_t width = i < 0 ? 0 : strlen(OPERATORS[i].text);
    bool compound = i >= 0 && strchr("lr|^&+-*/%", OPERATORS[i].code) && at[width] == '=';
    bool plain = *at == '=' && at[1] != '=';
    if (!compound && !plain) return value_of(name);
    at += plain ? 1 : width + 1;
    int64_t right = expression(0);
    int64_t value = plain ? right : apply(OPERATORS[i].code, value_of(name), right);
    char text[24];
    snprintf(text, sizeof text, "%lld", value);
    if (!ignoring && !failed) set_var(name, text);
    return value;
}

static int64_t operand(void);

static int64_t primary(void) {
    static int depth;
    int64_t value = 0;
    if (++depth > 500) fail("nested too deeply");
    else value = operand();
    depth--;
    return value;
}

static int64_t operand(void) {
    skip_blanks();
    char c = *at;
    if (isdigit(c)) return number();
    if (name_length(at)) return variable();
    if (c && strchr("-+!~", c)) {
        at++;
        int64_t v = primary();
        return c == '-' ? (int64_t)-(uint64_t)v : c == '!' ? !v : c == '~' ? ~v : v;
    }
    if (c == '(') {
        at++;
        int64_t v = expression(0);
        skip_blanks();
        if (*at == ')') at++;
        else fail("missing )");
        return v;
    }
    fail(c ? "unexpected character" : "an operand is missing");
    return 0;
}

/* All operators from `level` up; level 0 also the conditional. */
static int64_t expression(int level) {
    int64_t left = primary();
    while (!failed) {
        skip_blanks();
        int i = find_operator();
        if (i < 0 || OPERATORS[i].level < level || OPERATORS[i].level == 0) break;
        at += strlen(OPERATORS[i].text);
        int code = OPERATORS[i].code;
        bool outer = ignoring;
        if ((code == 'o' && left) || (code == 'a' && !left)) ignoring = true;
        int64_t right = expression(OPERATORS[i].level + 1);
        ignoring = outer;
        left = code == 'o' ? left || right : code == 'a' ? left && right : apply(code, left, right);
    }
    if (level == 0 && !failed && *at == '?') {
        at++;
        bool outer = ignoring;
        ignoring = outer || !left;
        int64_t yes = expression(0);
        skip_blanks();
        if (*at == ':') at++;
        else fail("missing :");
        ignoring = outer || left;
        int64_t no = expression(0);
        ignoring = outer;
        left = left ? yes : no;
    }
    return left;
}

int64_t arithmetic(const char *text) {
    const char *outer = at;
    failed = ignoring = false;
    at = text;
    skip_blanks();
    int64_t value = *at ? expression(0) : 0;
    skip_blanks();
    if (*at && !failed) fail("unexpected character");
    at = outer;
    return failed ? 0 : value;
}
