/* SPDX-License-Identifier: BSD-2-Clause */
/* Work for the processor: a sieve, and trial division to check a part of it. "primes N" counts below N (2000000). */
#include "check.h"

static const struct {
    unsigned below, count;
} KNOWN[] = {{100, 25}, {1000, 168}, {10000, 1229}, {100000, 9592}, {1000000, 78498}, {2000000, 148933}, {10000000, 664579}};

static unsigned sieve(unsigned char *composite, unsigned n) {
    unsigned count = 0;
    for (unsigned i = 2; i < n; i++) {
        if (composite[i]) continue;
        count++;
        if (i < 65536)
            for (unsigned k = i * i; k < n; k += i) composite[k] = 1;
    }
    return count;
}

static int is_prime(unsigned n) {
    for (unsigned d = 2; d * d <= n; d++)
        if (n % d == 0) return 0;
    return 1;
}

int main(int argc, char **argv) {
    unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 2000000;
    if (n < 3 || n > 100000000) {
        fprintf(stderr, "usage: primes [N], 3 to 100000000\n");
        return 2;
    }
    unsigned char *composite = calloc(n, 1);
    need(composite != NULL, "calloc");
    unsigned count = sieve(composite, n);
    printf("%u primes below %u\n", count, n);
    for (unsigned i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (KNOWN[i].below == n) check(count == KNOWN[i].count, "the count is the known one");
    int good = 1;
    unsigned part = n < 50000 ? n : 50000;
    for (unsigned i = 2; i < part; i++) good &= is_prime(i) == !composite[i];
    for (unsigned i = n - n / 1000; i < n; i++) good &= is_prime(i) == !composite[i];
    check(good, "trial division agrees with the sieve");
    return verdict("primes");
}
