// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import org.junit.jupiter.api.Test;

/**
 * A fault on an operand may let another guest thread run on the same unit, its state swapped in and
 * out: the instruction's outcome is the same as without the fault.
 */
final class SleepingFaultTest {
  private static final int PAGE = 0x5000;
  private static final int TABLE = 0x2000;

  private final PhysicalMemory memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE);
  private final Mmu mmu = new Mmu(new PhysicalBus(memory), 64);
  private final Fpu fpu = new Fpu();
  private int sleeps;

  SleepingFaultTest() {
    memory.write32(0x1000, TABLE | 7);
    mmu.loadCr3(0x1000);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG);
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          sleeps++;
          Fpu saved = new Fpu();
          saved.copyFrom(fpu);
          otherThread();
          fpu.copyFrom(saved);
          map(va);
          return true;
        });
  }

  private void map(int va) {
    memory.write32(TABLE + (va >>> 12) * 4, va & ~0xFFF | 7);
  }

  /** Leaves exceptions, C1 and another control word behind. */
  private void otherThread() {
    fpu.reset();
    fpu.setControlWord(0x0B40);
    fpu.setTags(0);
    fpu.setRegister(7, -1L, 0x3FFF);
    fpu.setTags(0x80);
    fpu.setStatusWord(7 << 11);
    IntegerUnit none =
        new IntegerUnit() {
          @Override
          public int eflags() {
            return 0;
          }

          @Override
          public void setCompareFlags(int bits) {}

          @Override
          public void setAx(int value) {}
        };
    fpu.execute(0xD9, 0xFA, 0, none); // fsqrt: inexact
    fpu.execute(0xD8, 0xC1, 0, none); // fadd of an empty register
  }

  private void prepare() {
    fpu.reset();
    fpu.setControlWord(0x0F7F);
    for (int i = 0; i < 8; i++) {
      fpu.setRegister(i, 0xC000_0000_0000_0001L + i, 0x3FFF + i);
    }
    fpu.setStatusWord(3 << 11);
    fpu.setTags(0b1111_1011);
    for (int a = PAGE; a < PAGE + 0x2000; a++) {
      memory.write8(a, a * 7);
    }
  }

  @Test
  void everyFormWithAnOperandSurvivesTheSwitch() {
    for (int esc = 0xD8; esc <= 0xDF; esc++) {
      for (int reg = 0; reg < 8; reg++) {
        int size = Fpu.operandSize(esc, reg << 3, false);
        if (size != 0) {
          String quiet = run(esc, reg << 3, size, true);
          assertThat(run(esc, reg << 3, size, false)).as("%02x /%d", esc, reg).isEqualTo(quiet);
        }
      }
    }
    assertThat(sleeps).isGreaterThan(100);
  }

  /** Runs a form with its operand astride the page boundary, mapped or still to be faulted in. */
  private String run(int esc, int modrm, int size, boolean mapped) {
    prepare();
    memory.write32(TABLE + (PAGE >>> 12) * 4, 0);
    memory.write32(TABLE + (PAGE + 0x1000 >>> 12) * 4, 0);
    mmu.flush();
    if (mapped) {
      map(PAGE);
      map(PAGE + 0x1000);
    }
    int address = PAGE + 0x1000 - size / 2;
    assertThat(fpu.executeMemory(esc, modrm, mmu, address, address, 0x77, false))
        .isEqualTo(Fpu.NONE);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(ExactValue.bits(fpu.signExponent(i), fpu.significand(i))).append(' ');
    }
    text.append(
        "cw %x sw %x tags %x fip %x"
            .formatted(fpu.controlWord(), fpu.statusWord(), fpu.tags(), fpu.instructionPointer()));
    for (int a = address; a < address + size; a++) {
      text.append(" %02x".formatted(memory.read8(a)));
    }
    return text.toString();
  }
}
