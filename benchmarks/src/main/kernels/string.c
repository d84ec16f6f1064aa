// SPDX-License-Identifier: BSD-2-Clause
// Byte loops as the C library has them: copy, length, compare, search.
#include "kernel.h"

#define NOINLINE __attribute__((noinline, optimize("no-tree-loop-distribute-patterns")))

NOINLINE static u32 length(const char *s) {
  const char *p = s;
  while (*p) p++;
  return p - s;
}

NOINLINE static char *copy(char *to, const char *from) {
  char *p = to;
  while ((*p++ = *from++)) {
  }
  return to;
}

NOINLINE static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

NOINLINE static const char *find(const char *s, const char *word) {
  for (; *s; s++) {
    const char *a = s, *b = word;
    while (*b && *a == *b) a++, b++;
    if (!*b) return s;
  }
  return 0;
}

static u32 kernel(void) {
  char *text = (char *)SCRATCH, *other = text + 0x10000;
  u32 seed = 1, sum = 0;
  for (u32 i = 0; i < 20000; i++) text[i] = 'a' + (next_random(&seed) >> 24) % 20;
  text[20000] = 0;
  for (int round = 0; round < 4; round++) {
    copy(other, text);
    sum += length(other);
    sum += compare(other, text);
    sum += (u32)find(other, "zebra") + (u32)find(other, "abc");
  }
  return sum;
}
