/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking the tree. What a node gives is its exit status; `skip` says when the walk must be left early. */
#include "sh.h"

#include <fcntl.h>
#include <sys/wait.h>

struct function {
    struct function *next;
    char *name;
    struct node *body;
};

enum skip skip;
int skip_levels, loop_depth, function_depth, last_status, guarded;
bool opt_errexit, opt_nounset, opt_xtrace, opt_noglob, interactive;
static struct function *functions;

void leave(int status) {
    last_status = status;
    run_exit_trap();
    fflush(stdout);
    _exit(last_status & 255);
}

void shell_error(const char *what, const char *detail) {
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n", shell_name, what, detail);
    last_status = 2;
    if (!interactive) leave(2);
    skip = SKIP_ABORT;
}

/* ---- functions */

struct node *find_function(const char *name) {
    for (struct function *f = functions; f; f = f->next)
        if (strcmp(f->name, name) == 0) return f->body;
    return NULL;
}

void remove_function(const char *name) {
    for (struct function **link = &functions; *link; link = &(*link)->next)
        if (strcmp((*link)->name, name) == 0) {
            struct function *f = *link;
            *link = f->next;
            free(f->name);
            free(f);
            return;
        }
}

/* The body lies in the arena of its command, which is kept. */
void define_function(const char *name, struct node *body) {
    remove_function(name);
    struct function *f = checked(malloc(sizeof *f));
    *f = (struct function){functions, checked(strdup(name)), body};
    functions = f;
}

static int call_function(struct node *body, int argc, char **argv) {
    struct parameters outer = parameters;
    struct saved_var *outer_locals = locals;
    int outer_loops = loop_depth;
    if (function_depth >= 1000) {
        shell_error(argv[0], "functions nested too deeply");
        return 2;
    }
    parameters = (struct parameters){argc - 1, argv + 1, false};
    locals = NULL;
    loop_depth = 0;
    function_depth++;
    int status = execute(body, false);
    function_depth--;
    loop_depth = outer_loops;
    if (skip == SKIP_RETURN) {
        skip = NO_SKIP;
        status = last_status;
    }
    restore_vars(locals);
    locals = outer_locals;
    drop_parameters(&parameters);
    parameters = outer;
    return status;
}

/* ---- simple commands */

static void trace(struct word *assigns, int argc, char **argv) {
    const char *ps4 = get_var("PS4");
    fflush(stdout);
    fputs(ps4 ? ps4 : "+ ", stderr);
    for (; assigns; assigns = assigns->next) fprintf(stderr, "%s%s", assigns->text, assigns->next || argc ? " " : "");
    for (int i = 0; i < argc; i++) fprintf(stderr, "%s%s", i ? " " : "", argv[i]);
    fputs("\n", stderr);
}

/* The assignments before a command, expanded, in the same order. */
static struct word *expand_assignments(const struct word *from) {
    struct word *first = NULL, **end = &first;
    for (; from; from = from->next) {
        struct word *w = arena_alloc(&temporary, sizeof *w);
        w->text = expand_to_text(from->text);
        *end = w;
        end = &w->next;
    }
    return first;
}

static void assign_all(const struct word *assigns, bool export, struct saved_var **saved) {
    for (; assigns && skip != SKIP_ABORT; assigns = assigns->next) {
        char *name = arena_text(&temporary, assigns->text, name_length(assigns->text));
        if (saved) *saved = save_var(name, *saved);
        assign(assigns->text);
        if (export) mark_var(name, true, false);
    }
}

/* Without a command: each value may use the variable before it. */
static void assign_in_turn(const struct word *assigns) {
    for (; assigns && skip != SKIP_ABORT; assigns = assigns->next) {
        struct word one = {NULL, expand_to_text(assigns->text)};
        if (skip == SKIP_ABORT) return;
        if (opt_xtrace) trace(&one, 0, NULL);
        assign(one.text);
    }
}

static int run_in_shell(const struct node *n, const struct builtin *builtin, struct node *function, struct word *assigns,
                        int argc, char **argv) {
    struct saved_fd *saved_fds = NULL;
    struct saved_var *saved_vars = NULL;
    bool special = builtin && builtin->special;
    bool for_good = builtin && argc == 1 && strcmp(argv[0], "exec") == 0;
    int status;
    if (!redirect(n->redirects, for_good ? NULL : &saved_fds)) {
        restore_fds(saved_fds);
        if (special && !interactive) leave(2);
        return 2;
    }
    assign_all(assigns, !special, special ? NULL : &saved_vars);
    if (function) status = call_function(function, argc, argv);
    else status = builtin->run(argc, argv);
    if (fflush(stdout) != 0) {
        if (builtin && status == 0) status = 1;
        stdout->error = 0;
    }
    restore_vars(saved_vars);
    restore_fds(saved_fds);
    return status;
}

static int run_program(const struct node *n, struct word *assigns, char **argv, bool last) {
    pid_t child = last ? 0 : fork_shell();
    if (child < 0) return 2;
    if (child > 0) return wait_for(child);
    if (last) child_signals(false);
    if (!redirect(n->redirects, NULL)) leave(2);
    assign_all(assigns, true, NULL);
    fflush(stdout);
    exec_program(argv);
}

static int execute_simple(const struct node *n, bool last) {
    struct mark mark = arena_mark(&temporary);
    char **argv;
    int status;
    substitution_status = 0;
    int argc = expand_words(n->words, &argv);
    struct word *assigns = argc ? expand_assignments(n->assigns) : NULL;
    if (skip == SKIP_ABORT) {
        arena_release(&temporary, mark);
        return 2;
    }
    if (opt_xtrace && argc) trace(assigns, argc, argv);
    if (argc == 0) {
        struct saved_fd *saved = NULL;
        bool good = redirect(n->redirects, &saved);
        restore_fds(saved);
        assign_in_turn(n->assigns);
        status = good ? substitution_status : 2;
    } else {
        struct node *function = find_function(argv[0]);
        const struct builtin *builtin = find_builtin(argv[0]);
        if (function && !(builtin && builtin->special)) status = run_in_shell(n, NULL, function, assigns, argc, argv);
        else if (builtin) status = run_in_shell(n, builtin, NULL, assigns, argc, argv);
        else status = run_program(n, assigns, argv, last && !interactive && !has_exit_trap());
    }
    arena_release(&temporary, mark);
    return skip == SKIP_ABORT ? last_status : status;
}

/* ---- processes */

static int execute_pipe(const struct node *n) {
    pid_t pids[64];
    int count = 0, in = -1;
    for (const struct node *part = n; part; part = part->kind == PIPE ? part->right : NULL) {
        bool more = part->kind == PIPE;
        int ends[2] = {-1, -1};
        if (count == 64 || (more && pipe(ends) < 0)) {
            shell_error("pipe", count == 64 ? "too many commands" : strerror(errno));
            break;
        }
        pid_t pid = fork_shell();
        if (pid == 0) {
            if (in >= 0) {
                dup2(in, 0);
                close(in);
            }
            if (more) {
                close(ends[0]);
                dup2(ends[1], 1);
                close(ends[1]);
            }
            leave(execute(more ? part->left : part, true));
        }
        if (in >= 0) close(in);
        if (more) close(ends[1]);
        in = ends[0];
        if (pid < 0) break;
        pids[count++] = pid;
    }
    if (in >= 0) close(in);
    int status = 2;
    for (int i = 0; i < count; i++) status = wait_for(pids[i]);
    return status;
}

static int execute_background(const struct node *n) {
    pid_t pid = fork_shell();
    if (pid < 0) return 2;
    if (pid == 0) {
        child_signals(true);
        int null = open("/dev/null", O_RDONLY);
        if (null > 0) {
            dup2(null, 0);
            close(null);
        }
        interactive = false;
        leave(execute(n->left, true));
    }
    add_job(pid);
    last_background = pid;
    if (interactive) fprintf(stderr, "[%d]\n", pid);
    return 0;
}

static int execute_subshell(const struct node *n, bool last) {
    pid_t pid = last ? 0 : fork_shell();
    if (pid < 0) return 2;
    if (pid > 0) return wait_for(pid);
    leave(execute(n->left, true));
}

/* ---- loops and choices */

/* After a loop's body: whether the loop is over. */
static bool loop_ends(void) {
    if (skip == SKIP_BREAK || skip == SKIP_CONTINUE) {
        if (--skip_levels > 0) return true;
        bool over = skip == SKIP_BREAK;
        skip = NO_SKIP;
        return over;
    }
    return skip != NO_SKIP;
}

static int execute_while(const struct node *n) {
    int status = 0;
    loop_depth++;
    for (;;) {
        guarded++;
        int condition = execute(n->left, false);
        guarded--;
        if (skip != NO_SKIP) {
            if (loop_ends()) break;
            continue;
        }
        if ((condition == 0) != (n->kind == WHILE)) break;
        status = execute(n->right, false);
        if (loop_ends()) break;
    }
    loop_depth--;
    return skip == SKIP_ABORT ? last_status : status;
}

static int execute_for(const struct node *n) {
    struct mark mark = arena_mark(&temporary);
    char **values;
    int count, status = 0;
    if (n->all_parameters) { /* a copy: the body may set others */
        count = parameters.count;
        values = arena_alloc(&temporary, ((size_t)count + 1) * sizeof(char *));
        for (int i = 0; i < count; i++) values[i] = arena_text(&temporary, parameters.value[i], strlen(parameters.value[i]));
    } else {
        count = expand_words(n->words, &values);
    }
    loop_depth++;
    for (int i = 0; i < count && skip == NO_SKIP; i++) {
        if (!set_var(n->name, values[i])) break;
        status = execute(n->right, false);
        if (loop_ends()) break;
    }
    loop_depth--;
    arena_release(&temporary, mark);
    return skip == SKIP_ABORT ? last_status : status;
}

static int execute_case(const struct node *n, bool last) {
    struct mark mark = arena_mark(&temporary);
    struct node *body = NULL;
    bool found = false;
    const char *subject = expand_to_text(n->words->text);
    for (struct case_item *item = n->items; item && !found; item = item->next)
        for (struct word *p = item->patterns; p && !found; p = p->next)
            if (matches(expand_to_pattern(p->text), subject)) {
                body = item->body;
                found = true;
            }
    arena_release(&temporary, mark);
    if (skip == SKIP_ABORT) return last_status;
    return body ? execute(body, last) : 0;
}

static int execute_if(const struct node *n, bool last) {
    guarded++;
    int condition = execute(n->left, false);
    guarded--;
    if (skip != NO_SKIP) return condition;
    if (condition == 0) return execute(n->right, last);
    return n->otherwise ? execute(n->otherwise, last) : 0;
}

static int execute_and_or(const struct node *n, bool last) {
    guarded++;
    int status = execute(n->left, false);
    guarded--;
    if (skip != NO_SKIP || (status == 0) != (n->kind == AND)) return status;
    return execute(n->right, last);
}

/* ---- any node */

static int execute_kind(const struct node *n, bool last) {
    int status;
    switch (n->kind) {
    case SIMPLE: return execute_simple(n, last);
    case PIPE: return execute_pipe(n);
    case AND:
    case OR: return execute_and_or(n, last);
    case SEQUENCE: /* a chain to the right, walked without recursion */
        for (; n->kind == SEQUENCE; n = n->right) {
            status = execute(n->left, false);
            if (skip != NO_SKIP) return status;
        }
        return execute(n, last);
    case NOT:
        guarded++;
        status = execute(n->left, false);
        guarded--;
        return skip == SKIP_RETURN ? status : !status;
    case BACKGROUND: return execute_background(n);
    case SUBSHELL: return execute_subshell(n, last);
    case GROUP: return execute(n->left, last);
    case IF: return execute_if(n, last);
    case WHILE:
    case UNTIL: return execute_while(n);
    case FOR: return execute_for(n);
    case CASE: return execute_case(n, last);
    case FUNCTION: define_function(n->name, n->left); return 0;
    }
    return 0;
}

/* Whose failure ends a shell with -e: those that are not made of others that have had their say. */
static bool is_checked(enum node_kind kind) { return kind == SIMPLE || kind == PIPE || kind == SUBSHELL; }

/* last: the shell has nothing else to do, so that a program may take its place. */
int execute(const struct node *n, bool last) {
    struct saved_fd *saved = NULL;
    if (interrupted && interactive) {
        skip = SKIP_ABORT;
        last_status = 130;
    }
    if (!n || skip != NO_SKIP) return last_status;
    bool compound = n->kind != SIMPLE && n->redirects;
    struct mark mark = arena_mark(&temporary);
    int status = 2;
    if (!compound || redirect(n->redirects, &saved)) status = execute_kind(n, last && !compound);
    if (compound) {
        restore_fds(saved);
        arena_release(&temporary, mark);
    }
    if (skip != SKIP_ABORT) last_status = status;
    run_traps();
    if (status != 0 && opt_errexit && !guarded && is_checked(n->kind) && skip != SKIP_ABORT) leave(status);
    return status;
}

/* ---- whole inputs */

/* Inputs inside one another: a file that reads itself must not eat the stack. */
enum { DEEPEST_INPUT = 500 };

int run_input(bool last) {
    int status = 0, depth = 0;
    for (const struct input *in = input; in; in = in->outer) depth++;
    if (depth > DEEPEST_INPUT) {
        shell_error("eval and .", "nested too deeply");
        return 2;
    }
    for (;;) {
        struct arena arena = {NULL, false}, *outer = parse_arena;
        struct node *n = NULL;
        parse_arena = &arena;
        if (input->interactive) {
            sweep_jobs();
            if (interrupted) fputs("\n", stderr);
            interrupted = 0;
            skip = NO_SKIP;
        }
        bool good = parse_command(&n);
        parse_arena = outer;
        if (good && n) {
            bool at_end = last && input->text && input->pos == input->len;
            status = execute(n, at_end);
        } else if (!good && parse_failed) {
            status = last_status = interrupted ? 130 : 2;
            if (!input->interactive && !interactive) leave(status);
            drop_line();
        }
        arena_release(&arena, (struct mark){NULL, 0});
        bool over = !good && (!parse_failed || !input->interactive);
        if (over || (skip != NO_SKIP && !input->interactive)) return status;
    }
}

int run_text(const char *text, bool last) {
    struct input in;
    input_from_text(&in, text);
    int status = run_input(last && !interactive && !has_exit_trap());
    input_pop();
    return status;
}

int run_file(const char *path) {
    struct input in;
    int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    input_from_fd(&in, move_high(fd), false);
    int status = run_input(false);
    close(in.fd);
    input_pop();
    return status;
}
