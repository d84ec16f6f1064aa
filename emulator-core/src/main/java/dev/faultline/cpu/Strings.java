// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.Access;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;
import java.util.Arrays;

/**
 * String instructions. ECX, ESI and EDI are brought up to date after each element, or each run of
 * elements that cannot fault, so a refused fault leaves them at the faulting element.
 */
final class Strings {
  private static final int REPNE = 0xF2;

  private Strings() {}

  // ---- registers by address size ---------------------------------------------------------------

  private static int address(Cpu c, Op op, int register) {
    return op.addressSize16 ? c.r[register] & 0xFFFF : c.r[register];
  }

  private static void advance(Cpu c, Op op, int register, int distance) {
    Operands.setRegister(c, register, op.addressSize16 ? 2 : 4, c.r[register] + distance);
  }

  private static int step(Cpu c, int size) {
    return (c.control & Flags.DF) != 0 ? -size : size;
  }

  private static int source(Cpu c, Op op, int size) {
    return c.segments.linear(c, op.segment, address(c, op, Cpu.ESI), size, false);
  }

  private static int destination(Cpu c, Op op, int size, boolean write) {
    return c.segments.linear(c, Cpu.ES, address(c, op, Cpu.EDI), size, write);
  }

  private static boolean done(Cpu c, Op op) {
    return address(c, op, Cpu.ECX) == 0;
  }

  // ---- MOVS ------------------------------------------------------------------------------------

  static void movs8(Cpu c, Op op) {
    movs(c, op, 1);
  }

  static void movs16(Cpu c, Op op) {
    movs(c, op, 2);
  }

  static void movs32(Cpu c, Op op) {
    movs(c, op, 4);
  }

  private static void movs(Cpu c, Op op, int size) {
    if (op.repeat == 0) {
      moveOne(c, op, size);
      return;
    }
    while (!done(c, op)) {
      int count = moveRun(c, op, size);
      if (count == 0) {
        moveOne(c, op, size);
        count = 1;
      }
      advance(c, op, Cpu.ECX, -count);
    }
  }

  private static void moveOne(Cpu c, Op op, int size) {
    int from = source(c, op, size);
    int to = destination(c, op, size, true);
    Operands.store(c, to, size, Operands.load(c, from, size));
    advance(c, op, Cpu.ESI, step(c, size));
    advance(c, op, Cpu.EDI, step(c, size));
  }

  /**
   * How many elements from {@code va} on, in the direction of the string, lie in its page.
   *
   * @return 0 if the first one straddles two pages
   */
  private static int elementsInPage(int va, int size, boolean down) {
    int offset = va & Page.OFFSET_MASK;
    if (offset + size > Page.SIZE) {
      return 0;
    }
    return down ? offset / size + 1 : (Page.SIZE - offset) / size;
  }

  /** True if runs of elements may be handled as blocks of RAM. */
  private static boolean fast(Cpu c, Op op) {
    return !op.addressSize16 && c.segments.flat() && op.segment <= Cpu.DS && op.segment != Cpu.CS;
  }

  private static int unsignedMin(int count, int limit) {
    return Integer.compareUnsigned(count, limit) < 0 ? count : limit;
  }

  /** Moves as many elements as lie in one page and are in the TLB; returns how many. */
  private static int moveRun(Cpu c, Op op, int size) {
    if (!fast(c, op)) {
      return 0;
    }
    boolean down = (c.control & Flags.DF) != 0;
    int from = c.readIndex(c.r[Cpu.ESI], size);
    int to = c.writeIndex(c.r[Cpu.EDI], size);
    if (from < 0 || to < 0) {
      return 0;
    }
    int count = elementsInPage(c.r[Cpu.ESI], size, down);
    count = Math.min(count, elementsInPage(c.r[Cpu.EDI], size, down));
    count = unsignedMin(c.r[Cpu.ECX], count);
    int bytes = count * size;
    if (down) {
      from -= bytes - size;
      to -= bytes - size;
    }
    boolean intoSource = down ? to < from && to + bytes > from : to > from && to < from + bytes;
    if (intoSource) {
      copyElements(c.ram, from, to, count, size, down);
    } else {
      System.arraycopy(c.ram, from, c.ram, to, bytes);
    }
    c.r[Cpu.ESI] += down ? -bytes : bytes;
    c.r[Cpu.EDI] += down ? -bytes : bytes;
    return count;
  }

  /** Copies one by one, so that what was written is read again. */
  private static void copyElements(
      byte[] ram, int from, int to, int count, int size, boolean down) {
    for (int i = 0; i < count; i++) {
      int distance = (down ? count - 1 - i : i) * size;
      switch (size) {
        case 1 -> ram[to + distance] = ram[from + distance];
        case 2 -> {
          short value = (short) PhysicalMemory.SHORT.get(ram, from + distance);
          PhysicalMemory.SHORT.set(ram, to + distance, value);
        }
        default -> {
          int value = (int) PhysicalMemory.INT.get(ram, from + distance);
          PhysicalMemory.INT.set(ram, to + distance, value);
        }
      }
    }
  }

  // ---- STOS ------------------------------------------------------------------------------------

  static void stos8(Cpu c, Op op) {
    stos(c, op, 1);
  }

  static void stos16(Cpu c, Op op) {
    stos(c, op, 2);
  }

  static void stos32(Cpu c, Op op) {
    stos(c, op, 4);
  }

  private static void stos(Cpu c, Op op, int size) {
    if (op.repeat == 0) {
      storeOne(c, op, size);
      return;
    }
    while (!done(c, op)) {
      int count = storeRun(c, op, size);
      if (count == 0) {
        storeOne(c, op, size);
        count = 1;
      }
      advance(c, op, Cpu.ECX, -count);
    }
  }

  private static void storeOne(Cpu c, Op op, int size) {
    Operands.store(c, destination(c, op, size, true), size, c.r[Cpu.EAX]);
    advance(c, op, Cpu.EDI, step(c, size));
  }

  private static int storeRun(Cpu c, Op op, int size) {
    int to = c.writeIndex(c.r[Cpu.EDI], size);
    if (to < 0 || op.addressSize16 || !c.segments.flat()) {
      return 0;
    }
    boolean down = (c.control & Flags.DF) != 0;
    int count = unsignedMin(c.r[Cpu.ECX], elementsInPage(c.r[Cpu.EDI], size, down));
    int bytes = count * size;
    if (down) {
      to -= bytes - size;
    }
    fill(c.ram, to, bytes, size, c.r[Cpu.EAX]);
    c.r[Cpu.EDI] += down ? -bytes : bytes;
    return count;
  }

  private static void fill(byte[] ram, int to, int bytes, int size, int value) {
    byte low = (byte) value;
    boolean uniform =
        size == 1
            || (size == 2 ? (short) value == (short) ((low & 0xFF) * 0x0101) : false)
            || (size == 4 && value == (low & 0xFF) * 0x0101_0101);
    if (uniform) {
      Arrays.fill(ram, to, to + bytes, low);
      return;
    }
    for (int i = to; i < to + bytes; i += size) {
      if (size == 2) {
        PhysicalMemory.SHORT.set(ram, i, (short) value);
      } else {
        PhysicalMemory.INT.set(ram, i, value);
      }
    }
  }

  // ---- LODS ------------------------------------------------------------------------------------

  static void lods8(Cpu c, Op op) {
    lods(c, op, 1);
  }

  static void lods16(Cpu c, Op op) {
    lods(c, op, 2);
  }

  static void lods32(Cpu c, Op op) {
    lods(c, op, 4);
  }

  private static void lods(Cpu c, Op op, int size) {
    if (op.repeat == 0) {
      loadOne(c, op, size);
      return;
    }
    while (!done(c, op)) {
      loadOne(c, op, size);
      advance(c, op, Cpu.ECX, -1);
    }
  }

  private static void loadOne(Cpu c, Op op, int size) {
    int value = Operands.load(c, source(c, op, size), size);
    Operands.setRegister(c, Cpu.EAX, size, value);
    advance(c, op, Cpu.ESI, step(c, size));
  }

  // ---- CMPS and SCAS ---------------------------------------------------------------------------

  static void cmps8(Cpu c, Op op) {
    cmps(c, op, 1);
  }

  static void cmps16(Cpu c, Op op) {
    cmps(c, op, 2);
  }

  static void cmps32(Cpu c, Op op) {
    cmps(c, op, 4);
  }

  private static void cmps(Cpu c, Op op, int size) {
    if (op.repeat == 0) {
      compareOne(c, op, size);
      return;
    }
    boolean whileEqual = (op.repeat & 0xFF) != REPNE;
    while (!done(c, op)) {
      compareOne(c, op, size);
      advance(c, op, Cpu.ECX, -1);
      if (c.zero() != whileEqual) {
        return;
      }
    }
  }

  private static void compareOne(Cpu c, Op op, int size) {
    int from = source(c, op, size);
    int to = destination(c, op, size, false);
    int before;
    int a;
    int b;
    do {
      before = c.mmu().epoch();
      a = Operands.load(c, from, size);
      b = Operands.load(c, to, size);
    } while (before != c.mmu().epoch());
    compare(c, a, b, size);
    advance(c, op, Cpu.ESI, step(c, size));
    advance(c, op, Cpu.EDI, step(c, size));
  }

  private static void compare(Cpu c, int a, int b, int size) {
    switch (size) {
      case 1 -> Alu.cmp8(c, a, b);
      case 2 -> Alu.cmp16(c, a, b);
      default -> Alu.cmp32(c, a, b);
    }
  }

  static void scas8(Cpu c, Op op) {
    scas(c, op, 1);
  }

  static void scas16(Cpu c, Op op) {
    scas(c, op, 2);
  }

  static void scas32(Cpu c, Op op) {
    scas(c, op, 4);
  }

  private static void scas(Cpu c, Op op, int size) {
    if (op.repeat == 0) {
      scanOne(c, op, size);
      return;
    }
    boolean whileEqual = (op.repeat & 0xFF) != REPNE;
    while (!done(c, op)) {
      scanOne(c, op, size);
      advance(c, op, Cpu.ECX, -1);
      if (c.zero() != whileEqual) {
        return;
      }
    }
  }

  private static void scanOne(Cpu c, Op op, int size) {
    int value = Operands.load(c, destination(c, op, size, false), size);
    compare(c, Operands.register(c, Cpu.EAX, size), value, size);
    advance(c, op, Cpu.EDI, step(c, size));
  }

  // ---- INS and OUTS ----------------------------------------------------------------------------

  static void ins8(Cpu c, Op op) {
    ins(c, op, 1);
  }

  static void ins16(Cpu c, Op op) {
    ins(c, op, 2);
  }

  static void ins32(Cpu c, Op op) {
    ins(c, op, 4);
  }

  private static void ins(Cpu c, Op op, int size) {
    Privileged.requireIopl(c);
    while (op.repeat == 0 || !done(c, op)) {
      int to = destination(c, op, size, true);
      // The port must not be read before the store is sure.
      c.mmu().probe(to, size, Access.WRITE);
      Operands.store(c, to, size, c.mmu().bus().in(c.r[Cpu.EDX] & 0xFFFF, size));
      advance(c, op, Cpu.EDI, step(c, size));
      if (op.repeat == 0) {
        return;
      }
      advance(c, op, Cpu.ECX, -1);
    }
  }

  static void outs8(Cpu c, Op op) {
    outs(c, op, 1);
  }

  static void outs16(Cpu c, Op op) {
    outs(c, op, 2);
  }

  static void outs32(Cpu c, Op op) {
    outs(c, op, 4);
  }

  private static void outs(Cpu c, Op op, int size) {
    Privileged.requireIopl(c);
    while (op.repeat == 0 || !done(c, op)) {
      int value = Operands.load(c, source(c, op, size), size);
      c.mmu().bus().out(c.r[Cpu.EDX] & 0xFFFF, size, value);
      advance(c, op, Cpu.ESI, step(c, size));
      if (op.repeat == 0) {
        return;
      }
      advance(c, op, Cpu.ECX, -1);
    }
  }
}
