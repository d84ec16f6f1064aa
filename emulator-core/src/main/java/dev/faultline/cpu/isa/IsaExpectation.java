// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.Vector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The state after an experiment as recorded, and its comparison with what an engine left. */
final class IsaExpectation {
  private static final String[] REGISTERS = {
    "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"
  };
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};

  /** CF PF AF ZF SF DF OF NT AC ID. */
  private static final int FLAGS = 0x0024_4CD5;

  /** #PF error code: without the fetch bit, which only machines with NX report. */
  private static final int PAGE_FAULT_ERROR = 0xF;

  private static final int WRITE = 2;

  /** Allowed difference of approximate x87 results, in units of the last place. */
  private static final long TOLERANCE = 2;

  private final IsaMachine machine;
  private final IsaRecord record;
  private final List<byte[]> images = new ArrayList<>();
  private final List<String> differences = new ArrayList<>();

  IsaExpectation(IsaMachine machine, IsaRecord record) {
    this.machine = machine;
    this.record = record;
    for (IsaMachine.Placed region : machine.regions()) {
      images.add(region.background().clone());
    }
    record.patches.forEach(this::apply);
    apply(new IsaRecord.Patch(record.eip, record.code));
    record.changes.forEach(this::apply);
  }

  IsaRecord record() {
    return record;
  }

  private void apply(IsaRecord.Patch patch) {
    for (int i = 0; i < patch.bytes().length; i++) {
      set(patch.address() + i, patch.bytes()[i]);
    }
  }

  private void set(int address, byte value) {
    for (int i = 0; i < images.size(); i++) {
      IsaMachine.Placed region = machine.regions().get(i);
      if (region.contains(address)) {
        images.get(i)[address - region.region().base()] = value;
      }
    }
  }

  /** The byte that memory has at the end, 0 where there is none. */
  byte byteAt(int address) {
    for (int i = 0; i < images.size(); i++) {
      IsaMachine.Placed region = machine.regions().get(i);
      if (region.contains(address)) {
        return images.get(i)[address - region.region().base()];
      }
    }
    return 0;
  }

  /** What differs, an item a line. */
  List<String> compare(int vector) {
    Cpu cpu = machine.cpu();
    if (vector != record.vector) {
      differences.add(
          "exception %s, expected %s".formatted(vectorName(vector), vectorName(record.vector)));
    } else if (vector != IsaRecord.NO_EXCEPTION) {
      exception(cpu, vector);
    }
    item("eip", cpu.eip(), record.finalEip, -1);
    item("eflags", cpu.eflags(), record.finalEflags, FLAGS & ~record.undefinedFlags);
    for (int i = 0; i < REGISTERS.length; i++) {
      if ((record.undefinedRegisters >>> i & 1) == 0) {
        item(REGISTERS[i], cpu.get(i), record.finalRegisters[i], -1);
      }
    }
    if (record.has(IsaRecord.SEGMENTS)) {
      for (int i = 0; i < SEGMENTS.length; i++) {
        item(SEGMENTS[i], cpu.selector(i), record.selectors[i], 0xFFFF);
      }
    }
    if (record.has(IsaRecord.X87)) {
      x87(cpu);
    }
    memory();
    return differences;
  }

  private static String vectorName(int vector) {
    return vector == IsaRecord.NO_EXCEPTION ? "none" : "#" + vector;
  }

  private void item(String name, int got, int expected, int mask) {
    if (((got ^ expected) & mask) != 0) {
      differences.add(
          String.format(
              "%s %08x, expected %08x (differs in %08x)",
              name, got & mask, expected & mask, (got ^ expected) & mask));
    }
  }

  private void exception(Cpu cpu, int vector) {
    int mask = -1;
    if (vector == Vector.PF) {
      boolean soft = record.has(IsaRecord.CR2_SOFT);
      mask = soft ? PAGE_FAULT_ERROR & ~WRITE : PAGE_FAULT_ERROR;
      if (!soft) {
        item("cr2", cpu.mmu().cr2(), record.cr2, -1);
      }
    }
    item("error code", cpu.exitErrorCode(), record.errorCode, mask);
  }

  // ---- x87 -------------------------------------------------------------------------------------

  private void x87(Cpu cpu) {
    IsaRecord.X87State expected = record.finalX87;
    item("x87 control word", cpu.fpu().controlWord(), expected.controlWord, 0xFFFF);
    item(
        "x87 status word",
        cpu.fpu().statusWord(),
        expected.statusWord,
        0xFFFF & ~expected.undefinedStatus);
    item("x87 tags", cpu.fpu().tags(), expected.tags, 0xFF);
    int top = expected.statusWord >>> 11 & 7;
    for (int i = 0; i < 8; i++) {
      boolean approximate = record.has(IsaRecord.APPROXIMATE) && (i - top & 7) <= 1;
      if ((expected.tags >>> i & 1) != 0 && !sameRegister(cpu, i, approximate)) {
        differences.add(
            String.format(
                "x87 R%d %04x:%016x, expected %04x:%016x",
                i,
                cpu.fpu().signExponent(i),
                cpu.fpu().significand(i),
                expected.signExponents[i],
                expected.significands[i]));
      }
    }
  }

  private boolean sameRegister(Cpu cpu, int i, boolean approximate) {
    int exponent = cpu.fpu().signExponent(i);
    long significand = cpu.fpu().significand(i);
    int expectedExponent = record.finalX87.signExponents[i];
    long expectedSignificand = record.finalX87.significands[i];
    if (exponent == expectedExponent && significand == expectedSignificand) {
      return true;
    }
    boolean special = expectedSignificand == 0 || (expectedExponent & 0x7FFF) == 0x7FFF;
    if (!approximate || special || (exponent ^ expectedExponent) >>> 15 != 0) {
      return false;
    }
    // Within a binade the significands count units; across its edge both must be next to it.
    return exponent == expectedExponent
        ? Math.abs(significand - expectedSignificand) <= TOLERANCE
        : Math.abs(exponent - expectedExponent) == 1
            && nearEdge(significand)
            && nearEdge(expectedSignificand);
  }

  /** True if a significand is just above a power of two or just below. */
  private static boolean nearEdge(long significand) {
    long above = significand - Long.MIN_VALUE;
    long below = -significand;
    return above >= 0 && above <= TOLERANCE || below >= 0 && below <= TOLERANCE;
  }

  // ---- memory ----------------------------------------------------------------------------------

  private void memory() {
    byte[] ram = machine.ram();
    for (int i = 0; i < images.size(); i++) {
      IsaMachine.Placed region = machine.regions().get(i);
      byte[] image = images.get(i);
      ignore(region, image, ram);
      int physical = region.physical();
      int at = Arrays.mismatch(image, 0, image.length, ram, physical, physical + image.length);
      if (at >= 0) {
        differences.add(
            String.format(
                "memory at %08x %02x, expected %02x",
                region.region().base() + at, ram[physical + at], image[at]));
      }
    }
  }

  private void ignore(IsaMachine.Placed region, byte[] image, byte[] ram) {
    for (IsaRecord.Range range : record.ignored) {
      for (int i = 0; i < range.size(); i++) {
        int address = range.address() + i;
        if (region.contains(address)) {
          int offset = address - region.region().base();
          image[offset] = ram[region.physical() + offset];
        }
      }
    }
  }
}
