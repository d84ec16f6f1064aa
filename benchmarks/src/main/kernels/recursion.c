// SPDX-License-Identifier: BSD-2-Clause
// Fibonacci numbers the slow way: calls, returns, pushes and pops.
#include "kernel.h"

__attribute__((noinline, optimize("no-optimize-sibling-calls,no-inline"))) static u32 fib(u32 n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static u32 kernel(void) { return fib(24); }
