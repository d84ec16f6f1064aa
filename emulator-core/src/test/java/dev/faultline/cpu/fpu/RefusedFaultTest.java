// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.RefusedPageFault;
import org.junit.jupiter.api.Test;

/** An instruction whose operand's second page is refused has done nothing: it can be restarted. */
final class RefusedFaultTest {
  private static final int PAGE = 0x5000;
  private static final int END = PAGE + 0x1000;

  private final PhysicalMemory memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE);
  private final Mmu mmu = new Mmu(new PhysicalBus(memory), 64);
  private final Fpu fpu = new Fpu();

  RefusedFaultTest() {
    memory.write32(0x1000, 0x2000 | 7);
    memory.write32(0x2000 + (PAGE >>> 12) * 4, PAGE | 7);
    mmu.loadCr3(0x1000);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG);
    memory.fill(PAGE, 0x1000, 0xA5);
    for (int i = 0; i < 8; i++) {
      fpu.setRegister(i, 0xC000_0000_0000_0000L + i, 0x3FFF + i);
    }
    fpu.setStatusWord(3 << 11);
    fpu.setTags(0b1111_1011);
    fpu.setPointers(1, 2, 3, 4, 5);
  }

  @Test
  void everyFormWithAnOperandIsAtomic() {
    int forms = 0;
    for (int esc = 0xD8; esc <= 0xDF; esc++) {
      for (int reg = 0; reg < 8; reg++) {
        for (int narrow = 0; narrow < 2; narrow++) {
          int size = Fpu.operandSize(esc, reg << 3, narrow != 0);
          for (int before = 1; before < size; before++) {
            refuse(esc, reg << 3, END - before, narrow != 0);
            forms++;
          }
        }
      }
    }
    assertThat(forms).isGreaterThan(500);
  }

  private void refuse(int esc, int modrm, int address, boolean narrow) {
    Fpu state = new Fpu();
    state.copyFrom(fpu);
    String what = "%02x /%d at %x".formatted(esc, modrm >>> 3, address);
    assertThatThrownBy(() -> fpu.executeMemory(esc, modrm, mmu, address, address, 0x77, narrow))
        .as(what)
        .isSameAs(RefusedPageFault.INSTANCE);
    assertThat(describe(fpu)).as(what).isEqualTo(describe(state));
    assertThat(memory.read64(END - 8)).as(what).isEqualTo(0xA5A5_A5A5_A5A5_A5A5L);
  }

  private static String describe(Fpu fpu) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(ExactValue.bits(fpu.signExponent(i), fpu.significand(i))).append(' ');
    }
    return text.append(
            "cw %x sw %x tags %x fip %x fcs %x fdp %x fds %x fop %x"
                .formatted(
                    fpu.controlWord(),
                    fpu.statusWord(),
                    fpu.tags(),
                    fpu.instructionPointer(),
                    fpu.instructionSelector(),
                    fpu.dataPointer(),
                    fpu.dataSelector(),
                    fpu.opcode()))
        .toString();
  }
}
