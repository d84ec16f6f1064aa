// SPDX-License-Identifier: BSD-2-Clause
// Factorials in base 2^32: multiplications with carries.
#include "kernel.h"

static u32 kernel(void) {
  u32 *digits = (u32 *)SCRATCH;
  u32 count = 1;
  digits[0] = 1;
  for (u32 n = 2; n <= 1000; n++) {
    u32 carry = 0;
    for (u32 i = 0; i < count; i++) {
      u64 product = (u64)digits[i] * n + carry;
      digits[i] = (u32)product;
      carry = product >> 32;
    }
    if (carry) digits[count++] = carry;
  }
  return digits[count - 1] ^ count;
}
