// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.RefusedPageFault;
import java.util.Arrays;

/**
 * Runs one x87 instruction of a record on a unit with real memory behind it: as much of a decoder
 * as ESC opcodes need, and no processor.
 */
final class X87Bench implements IntegerUnit {
  private static final int[] REGIONS = {0x10000000, 0x20000000, 0x20001000, 0x8000, 0x9000};
  private static final int FIRST_FRAME = 16;
  private static final int[] SEGMENT_BASES = {0, 0, 0, 0, 0x20000100, 0x20001800};
  private static final int CS = 1;
  private static final int SS = 2;
  private static final int DS = 3;

  final Fpu fpu = new Fpu();
  final int[] regs = new int[8];
  int flags;
  int vector;
  int length;
  private final PhysicalMemory memory;
  final Mmu mmu;
  private byte[] code = new byte[0];
  private int at;
  private byte[] initial = new byte[0];

  X87Bench() {
    PhysicalBus bus = new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE));
    memory = bus.memory();
    mmu = new Mmu(bus, 64);
    int directory = 0x1000;
    int nextTable = 0x2000;
    for (int i = 0; i < REGIONS.length; i++) {
      int pde = directory + (REGIONS[i] >>> 22) * 4;
      if (memory.read32(pde) == 0) {
        memory.write32(pde, nextTable | 7);
        nextTable += 0x1000;
      }
      int table = memory.read32(pde) & ~0xFFF;
      memory.write32(table + (REGIONS[i] >>> 12 & 1023) * 4, FIRST_FRAME + i << 12 | 7);
    }
    mmu.loadCr3(directory);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG);
  }

  /** Loads a record and executes its instruction. */
  void run(X87Record r) {
    fillBackground();
    r.patches().forEach(p -> put(p.address(), p.bytes()));
    put(r.before()[0], r.code());
    System.arraycopy(r.before(), 2, regs, 0, 8);
    flags = r.before()[1];
    X87Record.X87State s = r.x87();
    fpu.reset();
    if (s != null) {
      for (int i = 0; i < 8; i++) {
        fpu.setRegister(i, s.significands()[i], s.exponents()[i]);
      }
      fpu.setControlWord(s.cw());
      fpu.setStatusWord(s.sw());
      fpu.setTags(s.tags());
      fpu.setPointers(s.fip(), 0, s.fdp(), 0, s.fop());
    }
    initial = snapshot();
    code = r.code();
    at = 0;
    vector = -1;
    length = 0;
    for (int n = 0; n < r.instructions() && vector < 0; n++) {
      try {
        vector = step(r.before()[0]);
      } catch (RefusedPageFault e) {
        vector = 14;
      }
      if (vector < 0) {
        length = at;
      }
    }
  }

  /** Memory as it was before the instruction: a copy to change. */
  byte[] initial() {
    return initial.clone();
  }

  /** Memory as it is. */
  byte[] snapshot() {
    return Arrays.copyOfRange(
        memory.array(), FIRST_FRAME << 12, FIRST_FRAME + REGIONS.length << 12);
  }

  /** The index in a snapshot of a linear address. */
  static int index(int address) {
    for (int i = 0; i < REGIONS.length; i++) {
      if ((address & ~0xFFF) == REGIONS[i]) {
        return (i << 12) + (address & 0xFFF);
      }
    }
    throw new IllegalArgumentException(Integer.toHexString(address));
  }

  private void fillBackground() {
    for (int i = 0; i < REGIONS.length; i++) {
      for (int o = 0; o < 0x1000; o++) {
        int a = REGIONS[i] + o;
        int value = i == 0 ? 0xF4 : a * 7 + (a >>> 8) * 13 + 0x5A;
        memory.array()[(FIRST_FRAME + i << 12) + o] = (byte) value;
      }
    }
  }

  private void put(int address, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      memory.array()[(FIRST_FRAME << 12) + index(address + i)] = bytes[i];
    }
  }

  private int next() {
    return code[at++] & 0xFF;
  }

  private int next32() {
    int value = next() | next() << 8;
    return value | next() << 16 | next() << 24;
  }

  private int step(int eip) {
    int start = eip + at;
    boolean operand16 = false;
    boolean address16 = false;
    int segment = -1;
    int opcode;
    while (true) {
      opcode = next();
      switch (opcode) {
        case 0x66 -> operand16 = true;
        case 0x67 -> address16 = true;
        case 0x26 -> segment = 0;
        case 0x2E -> segment = CS;
        case 0x36 -> segment = SS;
        case 0x3E -> segment = DS;
        case 0x64 -> segment = 4;
        case 0x65 -> segment = 5;
        default -> {
          if (opcode == 0x9B) {
            return fpu.checkPending();
          }
          if (opcode < 0xD8 || opcode > 0xDF) {
            throw new UnsupportedOperationException("opcode " + Integer.toHexString(opcode));
          }
          int modrm = next();
          return modrm >= 0xC0
              ? fpu.execute(opcode, modrm, start, this)
              : memoryForm(opcode, modrm, start, segment, operand16, address16);
        }
      }
    }
  }

  private int memoryForm(
      int esc, int modrm, int eip, int override, boolean operand16, boolean address16) {
    boolean stack;
    int offset;
    if (address16) {
      int rm = modrm & 7;
      int mod = modrm >> 6;
      boolean direct = mod == 0 && rm == 6;
      stack = rm == 2 || rm == 3 || rm == 6 && !direct;
      int base =
          switch (rm) {
            case 0 -> regs[3] + regs[6];
            case 1 -> regs[3] + regs[7];
            case 2 -> regs[5] + regs[6];
            case 3 -> regs[5] + regs[7];
            case 4 -> regs[6];
            case 5 -> regs[7];
            case 6 -> direct ? 0 : regs[5];
            default -> regs[3];
          };
      int displacement = mod == 1 ? (byte) next() : mod == 2 || direct ? next() | next() << 8 : 0;
      offset = base + displacement & 0xFFFF;
    } else {
      int mod = modrm >> 6;
      int base = modrm & 7;
      int index = 0;
      if (base == 4) {
        int sib = next();
        base = sib & 7;
        int i = sib >> 3 & 7;
        index = i == 4 ? 0 : regs[i] << (sib >> 6);
      }
      boolean direct = mod == 0 && base == 5;
      stack = base == 4 || base == 5 && !direct;
      int displacement = mod == 1 ? (byte) next() : mod == 2 || direct ? next32() : 0;
      offset = (direct ? 0 : regs[base]) + index + displacement;
    }
    int segment = override >= 0 ? override : stack ? SS : DS;
    int size = Fpu.operandSize(esc, modrm, operand16);
    if (size != 0) {
      boolean beyond = Integer.compareUnsigned(offset, -size) > 0;
      if (beyond || segment == CS && Fpu.writesMemory(esc, modrm)) {
        int pending = fpu.checkMemory(esc, modrm);
        return pending >= 0 ? pending : segment == SS ? 12 : 13;
      }
    }
    int linear = offset + SEGMENT_BASES[segment];
    return fpu.executeMemory(esc, modrm, mmu, linear, offset, eip, operand16);
  }

  @Override
  public int eflags() {
    return flags;
  }

  @Override
  public void setCompareFlags(int bits) {
    flags = flags & ~0x8D5 | bits;
  }

  @Override
  public void setAx(int value) {
    regs[0] = regs[0] & 0xFFFF0000 | value & 0xFFFF;
  }
}
