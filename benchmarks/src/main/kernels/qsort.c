// SPDX-License-Identifier: BSD-2-Clause
// Quicksort of 100,000 words through a comparison function: indirect calls, unpredictable branches.
#include "kernel.h"

typedef int (*compare)(const int *, const int *);

static int ascending(const int *a, const int *b) { return *a < *b ? -1 : *a > *b; }

__attribute__((noinline)) static void sort(int *from, int *to, compare order) {
  while (to - from > 1) {
    int pivot = from[(to - from) / 2];
    int *i = from, *j = to - 1;
    while (i <= j) {
      while (order(i, &pivot) < 0) i++;
      while (order(j, &pivot) > 0) j--;
      if (i <= j) {
        int t = *i;
        *i++ = *j;
        *j-- = t;
      }
    }
    if (j + 1 - from < to - i) {
      sort(from, j + 1, order);
      from = i;
    } else {
      sort(i, to, order);
      to = j + 1;
    }
  }
}

static u32 kernel(void) {
  int *data = (int *)SCRATCH;
  u32 seed = 1;
  compare volatile order = ascending;
  for (int i = 0; i < 100000; i++) data[i] = next_random(&seed);
  sort(data, data + 100000, order);
  return data[50000];
}
