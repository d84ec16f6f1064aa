/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: arenas that grow by chunks and are released as stacks, and strings that grow. */
#include "sh.h"

enum { CHUNK = 4096 };

struct chunk {
    struct chunk *older;
    size_t size, used;
    char data[] __attribute__((aligned(8)));
};

struct arena temporary;

void *checked(void *block) {
    if (block) return block;
    fprintf(stderr, "sh: out of memory\n");
    _exit(2);
}

void *arena_alloc(struct arena *arena, size_t size) {
    size = (size + 7) & ~(size_t)7;
    struct chunk *c = arena->newest;
    if (!c || c->size - c->used < size) {
        size_t room = size > CHUNK ? size : CHUNK;
        c = checked(malloc(sizeof *c + room));
        *c = (struct chunk){.older = arena->newest, .size = room};
        arena->newest = c;
    }
    void *block = c->data + c->used;
    c->used += size;
    return memset(block, 0, size);
}

char *arena_text(struct arena *arena, const char *text, size_t length) {
    return memcpy(arena_alloc(arena, length + 1), text, length); /* the 0 is there already */
}

struct mark arena_mark(const struct arena *arena) {
    return (struct mark){arena->newest, arena->newest ? arena->newest->used : 0};
}

void arena_release(struct arena *arena, struct mark to) {
    if (arena->keep) return;
    while (arena->newest != to.chunk) {
        struct chunk *c = arena->newest;
        arena->newest = c->older;
        free(c);
    }
    if (to.chunk) to.chunk->used = to.used;
}

void str_add_text(struct str *s, const char *text, size_t length) {
    if (s->room - s->len <= length) {
        s->room = (s->len + length + 32) * 2;
        s->text = checked(realloc(s->text, s->room));
    }
    memcpy(s->text + s->len, text, length);
    s->len += length;
    s->text[s->len] = 0;
}

void str_add(struct str *s, char c) { str_add_text(s, &c, 1); }

const char *str_text(struct str *s) { return s->text ? s->text : ""; }

void str_free(struct str *s) {
    free(s->text);
    *s = (struct str){NULL, 0, 0};
}
