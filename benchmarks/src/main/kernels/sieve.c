// SPDX-License-Identifier: BSD-2-Clause
// The sieve of Eratosthenes up to one million: byte stores with a stride.
#include "kernel.h"

#define LIMIT 1000000

static u32 kernel(void) {
  u8 *composite = SCRATCH;
  u32 primes = 0;
  for (u32 i = 0; i < LIMIT; i++) composite[i] = 0;
  for (u32 i = 2; i < LIMIT; i++) {
    if (composite[i]) continue;
    primes++;
    for (u32 j = i * 2; j < LIMIT; j += i) composite[j] = 1;
  }
  return primes;
}
