/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's parts and what they offer one another. The way of a command: input (characters) -> lex (words) ->
 * parse (a tree) -> exec (walks the tree) -> expand and fields (words to arguments) -> builtins, functions, programs.
 */
#ifndef SH_H
#define SH_H
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* memory.c: arenas, released as stacks, and growing strings */
struct arena {
    struct chunk *newest;
    bool keep; /* holds a function's body: not to be released */
};
struct mark {
    struct chunk *chunk;
    size_t used;
};
extern struct arena temporary; /* what a command's expansions need until it has run */
void *checked(void *block);    /* ends the shell if block is NULL */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_text(struct arena *arena, const char *text, size_t length);
struct mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, struct mark to);

struct str {
    char *text; /* NULL as long as it is empty; str_text() is never NULL */
    size_t len, room;
};
void str_add(struct str *s, char c);
void str_add_text(struct str *s, const char *text, size_t length);
const char *str_text(struct str *s);
void str_free(struct str *s);

/* input.c: where commands come from */
struct input {
    struct input *outer;
    const char *text; /* a string; else fd */
    size_t pos, len;
    int fd, line;
    bool interactive, ended;
    char buf[256];
};
extern struct input *input;
extern bool continuing;        /* in the middle of a command: prompt with PS2 */
extern struct str captured;    /* every character read while capturing > 0 */
extern int capturing;
void input_from_text(struct input *in, const char *text);
void input_from_fd(struct input *in, int fd, bool interactive);
void input_pop(void);
int next_char(void); /* EOF at the end */
void back_char(int c);
void drop_line(void);

/* The tree. */
struct word {
    struct word *next;
    char *text; /* as written, with its quotes */
};
enum redirect_kind { FROM, TO, APPEND, READ_WRITE, DUPLICATE, HERE };
struct redirect {
    struct redirect *next;
    enum redirect_kind kind;
    int fd;
    char *word;   /* file, descriptor, or the here-document's text */
    bool literal; /* a here-document that is not expanded */
};
struct case_item {
    struct case_item *next;
    struct word *patterns;
    struct node *body;
};
enum node_kind { SIMPLE, PIPE, AND, OR, SEQUENCE, NOT, BACKGROUND, SUBSHELL, GROUP, IF, WHILE, UNTIL, FOR, CASE, FUNCTION };
struct node {
    enum node_kind kind;
    struct node *left, *right, *otherwise; /* parts; IF: condition, then, else */
    struct word *assigns, *words;          /* SIMPLE; FOR: the list; CASE: the subject */
    struct redirect *redirects;
    struct case_item *items;
    char *name; /* FOR: variable; FUNCTION */
    bool all_parameters; /* FOR without "in" */
};

/* lex.c */
enum token_kind { END, NEWLINE, WORD, IO_NUMBER, OPERATOR };
struct token {
    enum token_kind kind;
    char *text; /* the word, or the operator */
};
extern struct arena *parse_arena;
extern bool parse_failed;
void syntax_error(const char *what, const char *detail);
struct token lex_token(void);
void lex_here_document_later(struct redirect *r, const char *delimiter, bool strip_tabs);
size_t text_extent(const char *text, char kind); /* how far a '"', '`', '{' or 'Q' (brace within quotes), '(' or 'A' goes */

/* parse.c */
bool parse_command(struct node **node); /* one complete command; false at the end of the input or after an error */
struct node *parse_until_parenthesis(void);
bool is_name(const char *s, size_t n);
size_t name_length(const char *s);

/* vars.c */
struct parameters {
    int count;
    char **value;
    bool owned; /* from malloc */
};
extern struct parameters parameters;
extern const char *shell_name; /* $0 */
extern pid_t shell_pid;        /* $$: of the first shell, also in its subshells */
extern struct saved_var *locals; /* of the function that runs */
const char *get_var(const char *name); /* NULL if it is not set */
bool set_var(const char *name, const char *value);
bool unset_var(const char *name);
bool assign(const char *assignment); /* NAME=value */
void mark_var(const char *name, bool exported, bool read_only);
void show_vars(bool exported, bool read_only);
char **make_environment(void);
void import_environment(void);
void set_parameters(int count, char **values);
void drop_parameters(struct parameters *p);
struct saved_var *save_var(const char *name, struct saved_var *before);
void restore_vars(struct saved_var *saved);

/* expand.c: a word's text with kinds: which characters were quoted and which came out of an expansion */
enum { LITERAL = 'l', QUOTED = 'q', SPLIT = 's', BREAK = 'b', NOTHING = 'n' };
struct expansion {
    struct str text, kind;
};
void expand_word(const char *word, struct expansion *to);
char *expand_to_text(const char *word);          /* no splitting, no file names */
char *expand_here_document(const char *text);
char *expand_to_pattern(const char *word);
char *expand_arithmetic_text(const char *text, size_t n);
int expand_words(struct word *words, char ***arguments); /* the count; arguments end with NULL */
extern int substitution_status;

/* fields.c */
struct list {
    char **item;
    int count, room;
};
void list_add(struct list *list, char *item);
void split_fields(struct expansion *e, struct list *to);
char *joined(struct expansion *e);
char *pattern_of(const struct expansion *e, size_t from, size_t to);

/* match.c */
bool matches(const char *pattern, const char *text);
bool add_paths(const char *pattern, struct list *to); /* false if none matches */

/* arith.c */
int64_t arithmetic(const char *text);

/* exec.c */
enum skip { NO_SKIP, SKIP_BREAK, SKIP_CONTINUE, SKIP_RETURN, SKIP_ABORT };
extern enum skip skip; /* why the tree is being left */
extern int skip_levels, loop_depth, function_depth;
extern int last_status;
extern int guarded; /* > 0: a failure is being tested, so set -e does not apply */
extern bool opt_errexit, opt_nounset, opt_xtrace, opt_noglob, interactive;
int execute(const struct node *node, bool last);
int run_text(const char *text, bool last);
int run_input(bool last); /* until its end */
int run_file(const char *path);
void define_function(const char *name, struct node *body);
struct node *find_function(const char *name);
void remove_function(const char *name);
void shell_error(const char *what, const char *detail); /* fatal if not interactive */
void leave(int status) __attribute__((noreturn));        /* through the EXIT trap */

/* programs.c */
void exec_program(char **argv) __attribute__((noreturn));
bool find_program(const char *name, char *path, size_t size); /* along PATH */

/* redirect.c */
struct saved_fd {
    struct saved_fd *next;
    int fd, copy; /* copy -1: it was closed */
};
bool redirect(const struct redirect *r, struct saved_fd **saved); /* saved NULL: for good */
void restore_fds(struct saved_fd *saved);
int move_high(int fd);

/* jobs.c */
pid_t fork_shell(void);
int wait_for(pid_t pid);
void add_job(pid_t pid);
void forget_jobs(void);
void sweep_jobs(void);
int wait_job(pid_t pid);
void wait_all_jobs(void);
extern pid_t last_background;

/* trap.c */
extern volatile int interrupted;
void prepare_signals(void); /* of an interactive shell */
void child_signals(bool background);
void run_traps(void);
void run_exit_trap(void);
bool has_exit_trap(void);
int builtin_trap(int argc, char **argv);

/* builtins.c */
struct builtin {
    const char *name;
    int (*run)(int argc, char **argv);
    bool special; /* its assignments stay, its errors end a script */
};
const struct builtin *find_builtin(const char *name);
int builtin_test(int argc, char **argv);
int builtin_read(int argc, char **argv);
int builtin_printf(int argc, char **argv);
#endif
