/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack grows by faults: page by page in a deep recursion, or at once far below. "stackgrow MIB" sets the depth (6);
 * "stackgrow overrun" goes past the limit in a child, which must die of SIGSEGV.
 */
#include "check.h"

#include <limits.h>
#include <signal.h>

enum { FRAME = 2000, MIB = 1 << 20 };

/* Fills a frame, goes deeper, and finds the frame as it was. The sum is what the frames below found good. */
static int __attribute__((noinline)) deeper(int depth) {
    volatile unsigned char frame[FRAME];
    for (int i = 0; i < FRAME; i += 50) frame[i] = (unsigned char)(depth + i);
    int good = depth > 0 ? deeper(depth - 1) : 0;
    for (int i = 0; i < FRAME; i += 50)
        if (frame[i] != (unsigned char)(depth + i)) return INT_MIN / 2;
    return good + 1;
}

/* Touches only the far end of a large frame: no page between it and the old end has been there before. */
static int __attribute__((noinline)) far_first(void) {
    volatile unsigned char frame[MIB];
    frame[0] = 1;
    int zero_or_one = frame[0];
    for (int i = 4096; i < MIB; i += 4096) frame[i] = (unsigned char)(i >> 12);
    for (int i = 4096; i < MIB; i += 4096) zero_or_one += frame[i] != (unsigned char)(i >> 12);
    return zero_or_one == 1;
}

static int overrun(void *unused) {
    (void)unused;
    return deeper(INT_MAX) & 1;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "overrun") == 0) {
        int status = in_child(overrun, NULL);
        check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "past the limit: SIGSEGV");
        return verdict("stackgrow");
    }
    int mib = argc > 1 ? atoi(argv[1]) : 6;
    if (mib < 1 || mib > 1000) {
        fprintf(stderr, "usage: stackgrow [MIB | overrun]\n");
        return 2;
    }
    check(far_first(), "a megabyte below in one step");
    int frames = mib * (MIB / FRAME);
    check(deeper(frames - 1) == frames, "deep recursion, all frames intact");
    check(deeper(frames - 1) == frames, "and once more on the grown stack");
    return verdict("stackgrow");
}
