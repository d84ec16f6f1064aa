/* SPDX-License-Identifier: BSD-2-Clause */
/* 64-bit division, which the compiler calls by these names; its own library is not linked. */
#include <stddef.h>
#include <stdint.h>

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest);
uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t __divdi3(int64_t n, int64_t d);
int64_t __moddi3(int64_t n, int64_t d);

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest) {
    uint64_t q = 0;
    if (d >> 32 == 0) { /* two steps of the machine's 64-by-32 division */
        uint32_t divisor = (uint32_t)d, high = (uint32_t)(n >> 32), low = (uint32_t)n;
        uint32_t qhigh = high / divisor, qlow, r = high % divisor;
        __asm__("divl %4" : "=a"(qlow), "=d"(r) : "0"(low), "1"(r), "rm"(divisor));
        q = (uint64_t)qhigh << 32 | qlow;
        n = r;
    } else { /* the quotient has at most 32 bits: shift and subtract */
        int shift = __builtin_clz((uint32_t)(d >> 32));
        for (d <<= shift; shift >= 0; shift--, d >>= 1) {
            q <<= 1;
            if (n >= d) {
                n -= d;
                q |= 1;
            }
        }
    }
    if (rest) *rest = n;
    return q;
}

uint64_t __udivdi3(uint64_t n, uint64_t d) { return __udivmoddi4(n, d, NULL); }

uint64_t __umoddi3(uint64_t n, uint64_t d) {
    uint64_t rest;
    __udivmoddi4(n, d, &rest);
    return rest;
}

static uint64_t magnitude(int64_t v) { return v < 0 ? -(uint64_t)v : (uint64_t)v; }

int64_t __divdi3(int64_t n, int64_t d) {
    uint64_t q = __udivmoddi4(magnitude(n), magnitude(d), NULL);
    return (int64_t)((n < 0) != (d < 0) ? -q : q);
}

int64_t __moddi3(int64_t n, int64_t d) {
    uint64_t rest;
    __udivmoddi4(magnitude(n), magnitude(d), &rest);
    return (int64_t)(n < 0 ? -rest : rest);
}
