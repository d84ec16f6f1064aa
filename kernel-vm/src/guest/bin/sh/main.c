/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sh: a shell in the manner of POSIX, without job control and line editing.
 *   sh [-eufxil] [FILE [ARGUMENT...]]
 *   sh [-eufxil] -s [ARGUMENT...]
 *   sh [-eufxil] -c COMMANDS [NAME [ARGUMENT...]]
 * Without a file it reads standard input, with prompts if that is a terminal. Called as "-sh", or with -l, it reads
 * /etc/profile first.
 */
#include "sh.h"

#include <fcntl.h>
#include <limits.h>

static bool commands_given, stdin_given, login, forced_interactive;

static bool take_option(char option, bool on) {
    switch (option) {
    case 'c': commands_given = on; return true;
    case 'e': opt_errexit = on; return true;
    case 'f': opt_noglob = on; return true;
    case 'i': forced_interactive = on; return true;
    case 'l': login = on; return true;
    case 's': stdin_given = on; return true;
    case 'u': opt_nounset = on; return true;
    case 'x': opt_xtrace = on; return true;
    default: return false;
    }
}

static int take_options(int argc, char **argv) {
    int i = 1;
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) return i + 1;
        for (const char *o = argv[i] + 1; *o; o++)
            if (!take_option(*o, argv[i][0] == '-')) {
                fprintf(stderr, "usage: sh [-eufxil] [-c COMMANDS | FILE] [ARGUMENT...]\n");
                exit(2);
            }
    }
    return i;
}

static void set_default(const char *name, const char *value) {
    if (!get_var(name)) set_var(name, value);
}

static void start_variables(void) {
    char path[PATH_MAX];
    import_environment();
    unset_var("IFS"); /* not from outside: unset means blanks */
    set_default("PATH", "/bin:/test");
    set_default("PS1", getuid() == 0 ? "# " : "$ ");
    set_default("PS2", "> ");
    set_var("IFS", " \t\n");
    if (getcwd(path, sizeof path)) set_var("PWD", path);
}

int main(int argc, char **argv) {
    shell_pid = getpid();
    login = argc > 0 && argv[0][0] == '-';
    int i = take_options(argc, argv);
    start_variables();
    bool from_stdin = !commands_given && (stdin_given || i >= argc);
    interactive = forced_interactive || (from_stdin && isatty(0));
    if (interactive) prepare_signals();
    set_parameters(0, NULL);
    if (login) run_file("/etc/profile");
    skip = NO_SKIP;

    if (commands_given) {
        if (i >= argc) {
            fprintf(stderr, "sh: -c needs an argument\n");
            return 2;
        }
        if (i + 1 < argc) shell_name = argv[i + 1];
        if (i + 2 < argc) set_parameters(argc - i - 2, argv + i + 2);
        run_text(argv[i], true);
    } else if (from_stdin) {
        struct input in;
        set_parameters(argc - i, argv + i);
        input_from_fd(&in, 0, interactive);
        run_input(false);
        if (interactive) fputs("\n", stderr);
    } else {
        shell_name = argv[i];
        set_parameters(argc - i - 1, argv + i + 1);
        if (run_file(argv[i]) < 0) {
            fprintf(stderr, "sh: %s: %s\n", argv[i], strerror(errno));
            leave(127);
        }
    }
    leave(last_status);
}
