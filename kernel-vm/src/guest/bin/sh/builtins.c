/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that must run in the shell itself, and a few that are wanted often. */
#include "sh.h"

#include <ctype.h>
#include <limits.h>
#include <sys/stat.h>

static int complain(const char *command, const char *what, const char *why) {
    fprintf(stderr, "%s: %s: %s: %s\n", shell_name, command, what, why);
    return 2;
}

static int run_true(int argc, char **argv) {
    (void)argc, (void)argv;
    return 0;
}

static int run_false(int argc, char **argv) {
    (void)argc, (void)argv;
    return 1;
}

static int run_echo(int argc, char **argv) {
    int first = argc > 1 && strcmp(argv[1], "-n") == 0 ? 2 : 1;
    for (int i = first; i < argc; i++) {
        fputs(argv[i], stdout);
        if (i + 1 < argc) putchar(' ');
    }
    if (first == 1) putchar('\n');
    return 0;
}

static int run_pwd(int argc, char **argv) {
    char path[PATH_MAX];
    (void)argc, (void)argv;
    if (!getcwd(path, sizeof path)) return complain("pwd", "working directory", strerror(errno));
    puts(path);
    return 0;
}

static int run_cd(int argc, char **argv) {
    char before[PATH_MAX], now[PATH_MAX];
    const char *to = argc > 1 ? argv[1] : get_var("HOME");
    bool back = to && strcmp(to, "-") == 0;
    if (back) to = get_var("OLDPWD");
    if (!to) return complain("cd", back ? "OLDPWD" : "HOME", "not set");
    bool known = getcwd(before, sizeof before) != NULL;
    if (*to && chdir(to) < 0) return complain("cd", to, strerror(errno));
    if (known) set_var("OLDPWD", before);
    if (getcwd(now, sizeof now)) set_var("PWD", now);
    if (back) puts(now);
    return 0;
}

/* The number argv[1], or otherwise if there is none; -1 if it is not one. */
static int count_argument(int argc, char **argv, int otherwise) {
    if (argc < 2) return otherwise;
    char *end;
    long n = strtol(argv[1], &end, 10);
    if (!isdigit(argv[1][0]) || *end || n < 0) {
        shell_error(argv[0], "the argument is not a number");
        return -1;
    }
    return (int)n;
}

static int run_exit(int argc, char **argv) {
    int status = count_argument(argc, argv, last_status);
    leave(status < 0 ? 2 : status);
}

static int run_return(int argc, char **argv) {
    int status = count_argument(argc, argv, last_status);
    if (status < 0) return 2;
    last_status = status;
    skip = SKIP_RETURN;
    return status;
}

static int run_break(int argc, char **argv) {
    int levels = count_argument(argc, argv, 1);
    if (levels < 1) return levels == 0 ? complain(argv[0], "0", "not a level") : 2;
    if (loop_depth == 0) return 0;
    skip_levels = levels < loop_depth ? levels : loop_depth;
    skip = strcmp(argv[0], "break") == 0 ? SKIP_BREAK : SKIP_CONTINUE;
    return 0;
}

static int run_shift(int argc, char **argv) {
    int n = count_argument(argc, argv, 1);
    if (n < 0) return 2;
    if (n > parameters.count) {
        shell_error("shift", "not so many parameters");
        return 2;
    }
    if (!parameters.owned) { /* a function's: they belong to the call */
        parameters.value += n;
        parameters.count -= n;
        return 0;
    }
    for (int i = 0; i < n; i++) free(parameters.value[i]);
    parameters.count -= n;
    memmove(parameters.value, parameters.value + n, ((size_t)parameters.count + 1) * sizeof(char *));
    return 0;
}

static int run_eval(int argc, char **argv) {
    struct str text = {NULL, 0, 0};
    for (int i = 1; i < argc; i++) {
        str_add_text(&text, argv[i], strlen(argv[i]));
        if (i + 1 < argc) str_add(&text, ' ');
    }
    int status = run_text(str_text(&text), false);
    str_free(&text);
    return status;
}

static int run_dot(int argc, char **argv) {
    char path[PATH_MAX];
    if (argc < 2) return complain(".", "usage", ". FILE");
    const char *file = argv[1];
    for (const char *p = get_var("PATH"); p && !strchr(file, '/');) {
        const char *end = strchr(p, ':');
        int n = end ? end - p : (int)strlen(p);
        snprintf(path, sizeof path, "%.*s%s%s", n, p, n ? "/" : "./", argv[1]);
        if (access(path, R_OK) == 0) file = path;
        p = end ? end + 1 : NULL;
    }
    int status = run_file(file);
    if (status < 0) {
        shell_error(argv[1], strerror(errno));
        return 2;
    }
    if (skip == SKIP_RETURN) {
        skip = NO_SKIP;
        status = last_status;
    }
    return status;
}

static int run_exec(int argc, char **argv) {
    if (argc < 2) return 0; /* its redirections were for good */
    fflush(stdout);
    child_signals(false);
    exec_program(argv + 1);
}

static bool set_option(char option, bool on) {
    switch (option) {
    case 'e': opt_errexit = on; return true;
    case 'u': opt_nounset = on; return true;
    case 'x': opt_xtrace = on; return true;
    case 'f': opt_noglob = on; return true;
    default: return false;
    }
}

static int run_set(int argc, char **argv) {
    int i = 1;
    if (argc == 1) show_vars(false, false);
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            set_parameters(argc - i - 1, argv + i + 1);
            return 0;
        }
        for (const char *o = argv[i] + 1; *o; o++)
            if (!set_option(*o, argv[i][0] == '-')) {
                shell_error("set", "no such option");
                return 2;
            }
    }
    if (i < argc) set_parameters(argc - i, argv + i);
    return 0;
}

/* export, readonly and local: NAME or NAME=value. */
static int run_declare(int argc, char **argv) {
    bool export = strcmp(argv[0], "export") == 0, local = strcmp(argv[0], "local") == 0;
    if (local && function_depth == 0) {
        shell_error("local", "not in a function");
        return 2;
    }
    int first = argc > 1 && strcmp(argv[1], "-p") == 0 ? 2 : 1;
    if (first >= argc && !local) show_vars(export, !export);
    for (int i = first; i < argc; i++) {
        size_t n = name_length(argv[i]);
        if (!n || (argv[i][n] && argv[i][n] != '=')) {
            shell_error(argv[i], "not a name");
            return 2;
        }
        char *name = arena_text(&temporary, argv[i], n);
        if (local) locals = save_var(name, locals);
        if (argv[i][n] && !assign(argv[i])) return 2;
        if (!local) mark_var(name, export, !export);
    }
    return 0;
}

static int run_unset(int argc, char **argv) {
    bool function = argc > 1 && strcmp(argv[1], "-f") == 0;
    int first = function || (argc > 1 && strcmp(argv[1], "-v") == 0) ? 2 : 1;
    for (int i = first; i < argc; i++) {
        if (function) remove_function(argv[i]);
        else if (!unset_var(argv[i])) return 2;
    }
    return 0;
}

static int run_wait(int argc, char **argv) {
    int status = 0;
    if (argc < 2) wait_all_jobs();
    for (int i = 1; i < argc; i++) {
        char *end;
        long pid = strtol(argv[i], &end, 10);
        if (*end || end == argv[i]) return complain("wait", argv[i], "not a process number");
        status = wait_job((pid_t)pid);
    }
    return status;
}

static int run_umask(int argc, char **argv) {
    if (argc < 2) {
        mode_t now = umask(0);
        umask(now);
        printf("%04o\n", now);
        return 0;
    }
    char *end;
    unsigned long mask = strtoul(argv[1], &end, 8);
    if (*end || mask > 0777) return complain("umask", argv[1], "not an octal mode");
    umask((mode_t)mask);
    return 0;
}

/* What a name means. brief: as "command -v" says it. */
static int describe(const char *name, bool brief) {
    char path[PATH_MAX];
    const char *what = NULL;
    if (find_function(name)) what = "is a function";
    else if (find_builtin(name)) what = "is a shell builtin";
    if (what) {
        if (brief) puts(name);
        else printf("%s %s\n", name, what);
        return 0;
    }
    bool given = strchr(name, '/') != NULL;
    if (given ? access(name, X_OK) == 0 : find_program(name, path, sizeof path)) {
        if (brief) puts(given ? name : path);
        else printf("%s is %s\n", name, given ? name : path);
        return 0;
    }
    if (!brief) printf("%s: not found\n", name);
    return 127;
}

static int run_type(int argc, char **argv) {
    int status = 0;
    for (int i = 1; i < argc; i++) status |= describe(argv[i], false);
    return status;
}

static int run_command(int argc, char **argv) {
    if (argc < 2) return 0;
    if (strcmp(argv[1], "-v") == 0) return argc > 2 ? describe(argv[2], true) : 2;
    const struct builtin *builtin = find_builtin(argv[1]);
    if (builtin) return builtin->run(argc - 1, argv + 1);
    pid_t child = fork_shell();
    if (child < 0) return 2;
    if (child > 0) return wait_for(child);
    exec_program(argv + 1);
}

static const struct builtin BUILTINS[] = {
    {":", run_true, true},          {".", run_dot, true},         {"[", builtin_test, false},
    {"break", run_break, true},     {"cd", run_cd, false},        {"command", run_command, false},
    {"continue", run_break, true},  {"echo", run_echo, false},    {"eval", run_eval, true},
    {"exec", run_exec, true},       {"exit", run_exit, true},     {"export", run_declare, true},
    {"false", run_false, false},    {"local", run_declare, true}, {"printf", builtin_printf, false},
    {"pwd", run_pwd, false},        {"read", builtin_read, false}, {"readonly", run_declare, true},
    {"return", run_return, true},   {"set", run_set, true},       {"shift", run_shift, true},
    {"test", builtin_test, false},  {"trap", builtin_trap, true}, {"true", run_true, false},
    {"type", run_type, false},      {"umask", run_umask, false},  {"unset", run_unset, true},
    {"wait", run_wait, false},
};

const struct builtin *find_builtin(const char *name) {
    for (size_t i = 0; i < sizeof BUILTINS / sizeof BUILTINS[0]; i++)
        if (strcmp(BUILTINS[i].name, name) == 0) return &BUILTINS[i];
    return NULL;
}
