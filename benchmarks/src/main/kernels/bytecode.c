// SPDX-License-Identifier: BSD-2-Clause
// A small bytecode interpreter: table jumps that nothing predicts.
#include "kernel.h"

enum { PUSH, ADD, MUL, XOR, DUP, SWAP, DEC, JNZ, HALT };

__attribute__((noinline)) static u32 run(const u8 *code, u32 *stack) {
  u32 *sp = stack;
  const u8 *pc = code;
  for (;;) {
    switch (*pc++) {
      case PUSH: *sp++ = *pc++; break;
      case ADD: sp--; sp[-1] += sp[0]; break;
      case MUL: sp--; sp[-1] *= sp[0]; break;
      case XOR: sp--; sp[-1] ^= sp[0]; break;
      case DUP: sp[0] = sp[-1]; sp++; break;
      case SWAP: { u32 t = sp[-1]; sp[-1] = sp[-2]; sp[-2] = t; break; }
      case DEC: sp[-1]--; break;
      case JNZ: if (sp[-1]) pc = code + *pc; else pc++; break;
      default: return sp[-2];
    }
  }
}

static u32 kernel(void) {
  static const u8 program[] = {PUSH, 1, PUSH, 250, SWAP, PUSH, 31, MUL, PUSH, 7, ADD, DUP, PUSH, 5,
                               XOR, ADD, SWAP, DEC, JNZ, 4, HALT};
  u32 sum = 0;
  for (int i = 0; i < 100; i++) sum += run(program, (u32 *)SCRATCH);
  return sum;
}
