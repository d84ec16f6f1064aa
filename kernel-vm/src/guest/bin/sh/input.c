/* SPDX-License-Identifier: BSD-2-Clause */
/* Where commands come from: a stack of strings, files and the terminal, read a character at a time. */
#include "sh.h"

struct input *input;
bool continuing;
struct str captured;
int capturing;

void input_from_text(struct input *in, const char *text) {
    *in = (struct input){.outer = input, .text = text, .len = strlen(text), .fd = -1, .line = 1};
    input = in;
}

void input_from_fd(struct input *in, int fd, bool is_interactive) {
    *in = (struct input){.outer = input, .fd = fd, .line = 1, .interactive = is_interactive};
    input = in;
}

void input_pop(void) { input = input->outer; }

static void prompt(void) {
    const char *text = get_var(continuing ? "PS2" : "PS1");
    fflush(stdout);
    if (text) fputs(text, stderr);
}

/*
 * Standard input belongs to the commands as well, so no more of it may be read than is needed: a byte at a time, unless it is
 * a terminal, which gives a line at a time.
 */
static bool fill(void) {
    struct input *in = input;
    if (in->ended) return false;
    if (in->interactive) prompt();
    size_t want = in->fd == 0 && !in->interactive ? 1 : sizeof in->buf;
    ssize_t n;
    do
        n = read(in->fd, in->buf, want);
    while (n < 0 && errno == EINTR && !(in->interactive && interrupted));
    if (n < 0 && errno == EINTR) { /* ^C: give up the line */
        parse_failed = true;
        return false;
    }
    if (n <= 0) {
        in->ended = true;
        return false;
    }
    in->pos = 0;
    in->len = (size_t)n;
    return true;
}

int next_char(void) {
    struct input *in = input;
    if (in->pos == in->len && (in->text || !fill())) return EOF;
    char c = in->text ? in->text[in->pos] : in->buf[in->pos];
    in->pos++;
    if (c == '\n') in->line++;
    if (capturing) str_add(&captured, c);
    return (unsigned char)c;
}

void back_char(int c) {
    if (c == EOF) return;
    input->pos--;
    if (c == '\n') input->line--;
    if (capturing) captured.text[--captured.len] = 0;
}

/* After an error at the terminal: what is left of the line is not for us. */
void drop_line(void) {
    if (!input->text) input->pos = input->len;
}
