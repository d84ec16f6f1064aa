// SPDX-License-Identifier: BSD-2-Clause
// What the kernels share: each runs for ever and reports a checksum by INT 80h after each round.
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

// Scratch memory that the machine maps.
#define SCRATCH ((u8 *)0x500000)

static u32 kernel(void);

__attribute__((section(".text.entry"), noreturn)) void entry(void) {
  for (;;) {
    u32 sum = kernel();
    __asm__ volatile("int $0x80" : : "a"(sum) : "memory");
  }
}

static inline u32 next_random(u32 *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed;
}
