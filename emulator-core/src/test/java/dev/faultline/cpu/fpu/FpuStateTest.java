// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What the vectors do not show of the unit's state: pointers, pending exceptions, allocation. */
final class FpuStateTest {
  private static final int SCRATCH = 0x3000;

  private final Mmu mmu = new Mmu(new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE)), 64);
  private final Fpu fpu = new Fpu();
  private final IntegerUnit cpu =
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

  private int register(int opcode, int eip) {
    return fpu.execute(opcode >>> 8, opcode & 0xFF, eip, cpu);
  }

  private int memory(int opcode, int address, int eip) {
    return fpu.executeMemory(
        opcode >>> 8, opcode & 0xFF, mmu, address, address + 0x100, eip, false);
  }

  @Test
  void controlInstructionsLeaveThePointersAlone() {
    register(0xD9E8, 0x1234); // fld1
    memory(0xD918, SCRATCH, 0x2000); // fstp m32
    register(0xD9EE, 0x3000); // fldz
    memory(0xD938, SCRATCH, 0x4000); // fnstcw
    memory(0xD928, SCRATCH, 0x5000); // fldcw
    register(0xDBE2, 0x6000); // fnclex
    register(0xDFE0, 0x7000); // fnstsw ax
    assertThat(fpu.instructionPointer()).isEqualTo(0x3000);
    assertThat(fpu.opcode()).isEqualTo(0x1EE);
    assertThat(fpu.dataPointer()).as("of the last operand").isEqualTo(SCRATCH + 0x100);
  }

  @Test
  void theEnvironmentCarriesThePointers() {
    memory(0xD900, SCRATCH, 0x2222); // fld m32
    memory(0xD930, SCRATCH + 0x100, 0x3333); // fnstenv
    assertThat(mmu.read32(SCRATCH + 0x100 + 12)).isEqualTo(0x2222);
    assertThat(mmu.read32(SCRATCH + 0x100 + 16)).as("FOP, FCS").isEqualTo(0x100 << 16);
    assertThat(mmu.read32(SCRATCH + 0x100 + 20)).isEqualTo(SCRATCH + 0x100);
    fpu.reset();
    memory(0xD920, SCRATCH + 0x100, 0x4444); // fldenv
    assertThat(fpu.instructionPointer()).isEqualTo(0x2222);
    assertThat(fpu.opcode()).isEqualTo(0x100);
    assertThat(fpu.dataPointer()).isEqualTo(SCRATCH + 0x100);
  }

  @Test
  void anUnmaskedExceptionStopsTheNextWaitingInstruction() {
    fpu.setControlWord(0x37E);
    register(0xD9E0, 0x1000); // fchs of an empty register: masked it would give a NaN
    assertThat(fpu.statusWord()).isEqualTo(0x80C1);
    assertThat(fpu.checkPending()).isEqualTo(Fpu.FLOATING_POINT_ERROR);
    assertThat(register(0xD9E8, 0x2000)).isEqualTo(Fpu.FLOATING_POINT_ERROR);
    assertThat(fpu.instructionPointer()).as("of the culprit").isEqualTo(0x1000);
    assertThat(register(0xD9D1, 0x2000)).as("undefined").isEqualTo(Fpu.INVALID_OPCODE);
    assertThat(register(0xDFE0, 0x2000)).as("fnstsw waits for nothing").isEqualTo(Fpu.NONE);
    assertThat(register(0xDBE2, 0x2000)).as("nor fnclex").isEqualTo(Fpu.NONE);
    assertThat(register(0xD9E8, 0x2000)).isEqualTo(Fpu.NONE);
  }

  @Test
  void loadingAControlWordCanMakeAnExceptionPending() {
    register(0xD9E0, 0x1000);
    assertThat(fpu.checkPending()).isEqualTo(Fpu.NONE);
    fpu.setControlWord(0x37E);
    assertThat(fpu.checkPending()).isEqualTo(Fpu.FLOATING_POINT_ERROR);
    fpu.setControlWord(0x37F);
    assertThat(fpu.checkPending()).isEqualTo(Fpu.NONE);
  }

  @Test
  void noInstructionAllocates() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    work(2_000);
    long before = threads.getCurrentThreadAllocatedBytes();
    work(1_000);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    // The bean's own call may allocate a little; one object an instruction would be 500,000.
    assertThat(allocated).isLessThan(10_000);
  }

  private void work(int rounds) {
    for (int i = 0; i < rounds; i++) {
      fpu.reset();
      register(0xD9EB, i); // fldpi
      register(0xD9E8, i); // fld1
      register(0xDCC1, i); // fadd st(1), st
      register(0xDEF9, i); // fdivp
      register(0xD9FA, i); // fsqrt
      register(0xD9FE, i); // fsin
      register(0xD9E8, i);
      register(0xD9F3, i); // fpatan
      register(0xD9E8, i);
      register(0xD9F1, i); // fyl2x
      memory(0xDD18, SCRATCH, i); // fstp m64
      memory(0xDD00, SCRATCH, i); // fld m64
      memory(0xDF30, SCRATCH, i); // fbstp
    }
  }
}
