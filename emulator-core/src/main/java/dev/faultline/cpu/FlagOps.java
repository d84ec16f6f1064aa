// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** Instructions that move or set single flags. */
final class FlagOps {
  private static final long BOTH = 3L << 31;

  private FlagOps() {}

  static void sahf(Cpu c) {
    int kept = c.overflow() ? Flags.OF : 0;
    c.setStatus(c.r[Cpu.EAX] >>> 8 & (Flags.STATUS & ~Flags.OF) | kept);
  }

  static void lahf(Cpu c) {
    c.set8(Cpu.EAX + 4, c.eflags());
  }

  /** Flips CF and keeps OF, which compares two bits. */
  static void cmc(Cpu c) {
    c.carries ^= BOTH;
  }

  static void clc(Cpu c) {
    if (c.carry()) {
      cmc(c);
    }
  }

  static void stc(Cpu c) {
    if (!c.carry()) {
      cmc(c);
    }
  }

  static void cld(Cpu c) {
    c.control &= ~Flags.DF;
  }

  static void std(Cpu c) {
    c.control |= Flags.DF;
  }

  static void salc(Cpu c) {
    c.set8(Cpu.EAX, -c.carryBit());
  }
}
