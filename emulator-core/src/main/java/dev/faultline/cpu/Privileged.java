// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import org.jspecify.annotations.Nullable;

/** What only CPL 0, or an I/O privilege level, may do, and what tells of the processor. */
final class Privileged {
  /** Family 6, model 7, stepping 3: an i686 without MMX or SSE in its feature bits. */
  private static final int SIGNATURE = 0x673;

  private static final int FPU = 1;
  private static final int TSC = 1 << 4;
  private static final int CX8 = 1 << 8;
  private static final int CMOV = 1 << 15;

  private static final int CR0_TS = 1 << 3;
  private static final int CR4_TSD = 1 << 2;

  /** CR0 as a program without privilege sees it: protection, paging, write protection, x87. */
  private static final int MACHINE_STATUS = 0x33;

  private Privileged() {}

  private static void requireCpl0(Cpu c) {
    if (c.cpl() != 0) {
      throw c.fault(Vector.GP, 0);
    }
  }

  static void requireIopl(Cpu c) {
    if (c.cpl() > (c.control & Flags.IOPL) >>> 12) {
      throw c.fault(Vector.GP, 0);
    }
  }

  // ---- flags and time --------------------------------------------------------------------------

  static void cli(Cpu c, Op op) {
    requireIopl(c);
    c.control &= ~Flags.IF;
  }

  static void sti(Cpu c, Op op) {
    requireIopl(c);
    c.control |= Flags.IF;
  }

  static @Nullable Op hlt(Cpu c, Op op) {
    requireCpl0(c);
    c.exit = Exit.HALT;
    return c.leave(op);
  }

  static void rdtsc(Cpu c, Op op) {
    if (c.cpl() != 0 && (c.mmu().cr4() & CR4_TSD) != 0) {
      throw c.fault(Vector.GP, 0);
    }
    long time = c.timeStamp();
    c.r[Cpu.EAX] = (int) time;
    c.r[Cpu.EDX] = (int) (time >>> 32);
  }

  /** Leaves 0 and 1; a higher leaf gives what the highest gives, as Intel's processors do. */
  static void cpuid(Cpu c, Op op) {
    if (c.r[Cpu.EAX] == 0) {
      c.r[Cpu.EAX] = 1;
      c.r[Cpu.EBX] = 0x756E_6547; // Genu
      c.r[Cpu.EDX] = 0x4965_6E69; // ineI
      c.r[Cpu.ECX] = 0x6C65_746E; // ntel
    } else {
      c.r[Cpu.EAX] = SIGNATURE;
      c.r[Cpu.EBX] = 0;
      c.r[Cpu.ECX] = 0;
      c.r[Cpu.EDX] = FPU | TSC | CX8 | CMOV;
    }
  }

  // ---- ports -----------------------------------------------------------------------------------

  /** DX in the opcodes from EC on, else the immediate byte. */
  private static int port(Cpu c, Op op) {
    return (op.opcode & 8) != 0 ? c.r[Cpu.EDX] & 0xFFFF : op.immediate;
  }

  static void in8(Cpu c, Op op) {
    in(c, op, 1);
  }

  static void in16(Cpu c, Op op) {
    in(c, op, 2);
  }

  static void in32(Cpu c, Op op) {
    in(c, op, 4);
  }

  private static void in(Cpu c, Op op, int size) {
    requireIopl(c);
    Operands.setRegister(c, Cpu.EAX, size, c.mmu().bus().in(port(c, op), size));
  }

  static void out8(Cpu c, Op op) {
    out(c, op, 1);
  }

  static void out16(Cpu c, Op op) {
    out(c, op, 2);
  }

  static void out32(Cpu c, Op op) {
    out(c, op, 4);
  }

  private static void out(Cpu c, Op op, int size) {
    requireIopl(c);
    c.mmu().bus().out(port(c, op), size, Operands.register(c, Cpu.EAX, size));
  }

  // ---- control registers and tables ------------------------------------------------------------

  static void storeControl32(Cpu c, Op op) {
    requireCpl0(c);
    c.r[op.d] =
        switch (op.s) {
          case 0 -> c.mmu().cr0();
          case 2 -> c.mmu().cr2();
          case 3 -> c.mmu().cr3();
          default -> c.mmu().cr4();
        };
  }

  static @Nullable Op loadControl32(Cpu c, Op op) {
    requireCpl0(c);
    int value = c.r[op.s];
    switch (op.d) {
      case 0 -> c.mmu().loadCr0(value);
      case 2 -> c.mmu().loadCr2(value);
      case 3 -> c.mmu().loadCr3(value);
      default -> c.mmu().loadCr4(value);
    }
    return c.leave(op);
  }

  static @Nullable Op clts(Cpu c, Op op) {
    requireCpl0(c);
    c.mmu().loadCr0(c.mmu().cr0() & ~CR0_TS);
    return c.leave(op);
  }

  static @Nullable Op invlpg(Cpu c, Op op) {
    requireCpl0(c);
    c.mmu().invalidate(c.segments.base(op.segment) + Operands.offset(c, op));
    return c.leave(op);
  }

  /** INVD and WBINVD: there is no cache. */
  static void flushCaches(Cpu c, Op op) {
    requireCpl0(c);
  }

  /** The tables are the kernel's: it is asked. */
  static @Nullable Op table(Cpu c, Op op) {
    requireCpl0(c);
    c.exit = Exit.SYSTEM;
    return c.leaveAt(op);
  }

  /** SGDT and SIDT: a table of no length at 0, to whoever asks. */
  static void storeTable(Cpu c, Op op) {
    int address = Operands.address(c, op, 6, true);
    c.mmu().readForWrite(address + 2, 4);
    c.mmu().write16(address, 0);
    c.mmu().write32(address + 2, 0);
  }

  static void smsw16(Cpu c, Op op) {
    Operands.write(c, op, op.d, 2, MACHINE_STATUS);
  }

  static void smsw32(Cpu c, Op op) {
    Operands.write(c, op, op.d, op.memory ? 2 : 4, MACHINE_STATUS);
  }

  /** SLDT and STR: the null selector. */
  static void storeNull16(Cpu c, Op op) {
    Operands.write(c, op, op.d, 2, 0);
  }

  static void storeNull32(Cpu c, Op op) {
    Operands.write(c, op, op.d, op.memory ? 2 : 4, 0);
  }
}
