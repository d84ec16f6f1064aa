/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap: blocks in address order on one free list, first fit, neighbours joined when freed, grown with brk.
 * A block's header holds its size; a free block's header also links to the next free one.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct block {
    size_t size; /* with the header */
    struct block *next;
};

enum { HEADER = sizeof(struct block), GROWTH = 16 * 1024 };

static struct block *free_list;

static struct block *end_of(struct block *b) { return (struct block *)((char *)b + b->size); }

static void give_back(struct block *b) {
    struct block **link = &free_list;
    struct block *before = NULL;
    while (*link && *link < b) {
        before = *link;
        link = &before->next;
    }
    b->next = *link;
    *link = b;
    if (b->next && end_of(b) == b->next) {
        b->size += b->next->size;
        b->next = b->next->next;
    }
    if (before && end_of(before) == b) {
        before->size += b->size;
        before->next = b->next;
    }
}

static int grow(size_t size) {
    if (size < GROWTH) size = GROWTH;
    struct block *b = sbrk(0);
    size_t skew = -(uintptr_t)b % HEADER;
    b = sbrk((ptrdiff_t)(size + skew));
    if (b == (void *)-1) return -1;
    b = (struct block *)((char *)b + skew);
    b->size = size;
    give_back(b);
    return 0;
}

void *malloc(size_t size) {
    if (size > 0x7fff0000) {
        errno = ENOMEM;
        return NULL;
    }
    size = (size + 2 * HEADER - 1) / HEADER * HEADER;
    for (;;) {
        for (struct block **link = &free_list; *link; link = &(*link)->next) {
            struct block *b = *link;
            if (b->size < size) continue;
            if (b->size - size >= 2 * HEADER) { /* leave the rest in the list */
                struct block *rest = (struct block *)((char *)b + size);
                rest->size = b->size - size;
                rest->next = b->next;
                b->size = size;
                *link = rest;
            } else {
                *link = b->next;
            }
            return b + 1;
        }
        if (grow(size) < 0) {
            errno = ENOMEM;
            return NULL;
        }
    }
}

void free(void *block) {
    if (block) give_back((struct block *)block - 1);
}

void *calloc(size_t count, size_t size) {
    if (size && count > (size_t)-1 / size) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = malloc(count * size);
    return block ? memset(block, 0, count * size) : NULL;
}

void *realloc(void *old, size_t size) {
    if (!old) return malloc(size);
    size_t had = ((struct block *)old - 1)->size - HEADER;
    if (size <= had) return old;
    void *block = malloc(size);
    if (!block) return NULL;
    memcpy(block, old, had);
    free(old);
    return block;
}
