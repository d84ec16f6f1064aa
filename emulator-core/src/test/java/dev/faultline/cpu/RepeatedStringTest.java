// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.CODE;
import static dev.faultline.cpu.TestMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** REP: interrupted at the faulting element, restartable, one instruction however long. */
final class RepeatedStringTest {
  private static final int SOURCE = 0x70_0000;

  private final TestMachine machine = new TestMachine();

  private void fillSource(int pages) {
    for (int i = 0; i < pages * Page.SIZE; i += 4) {
      if (i % Page.SIZE == 0) {
        machine.map(SOURCE + i);
      }
      machine.write32(SOURCE + i, i * 0x9E37_79B9);
    }
  }

  @Test
  void aCopyStopsAtTheMissingPageAndGoesOnFromThere() {
    fillSource(2);
    machine.code(
        "f3a5" // rep movsd
            + "cd80" // int 0x80
        );
    machine.cpu.set(Cpu.ESI, SOURCE);
    machine.cpu.set(Cpu.EDI, DATA + 0x800);
    machine.cpu.set(Cpu.ECX, 0x500);
    machine.runUntilException(Vector.PF, 6, CODE);
    assertThat(machine.cpu.get(Cpu.EDI)).isEqualTo(DATA + Page.SIZE);
    assertThat(machine.cpu.get(Cpu.ESI)).isEqualTo(SOURCE + 0x800);
    assertThat(machine.cpu.get(Cpu.ECX)).isEqualTo(0x300);
    assertThat(machine.cpu.retired()).isZero();
    machine.map(DATA + Page.SIZE);
    machine.runUntilSystemCall();
    assertThat(machine.cpu.retired()).isEqualTo(2);
    for (int i = 0; i < 0x1400; i += 4) {
      assertThat(machine.read32(DATA + 0x800 + i)).isEqualTo(machine.read32(SOURCE + i));
    }
  }

  @Test
  void aCopyDownwardsStopsAtTheMissingPageToo() {
    fillSource(1);
    machine.code(
        "fd" // std
            + "f3a4" // rep movsb
            + "cd80" // int 0x80
        );
    machine.cpu.set(Cpu.ESI, SOURCE + 0xFFF);
    machine.cpu.set(Cpu.EDI, DATA + 0x7FF);
    machine.cpu.set(Cpu.ECX, 0x900);
    machine.runUntilException(Vector.PF, 6, CODE + 1);
    assertThat(machine.cpu.get(Cpu.EDI)).isEqualTo(DATA - 1);
    assertThat(machine.cpu.get(Cpu.ESI)).isEqualTo(SOURCE + 0x7FF);
    assertThat(machine.cpu.get(Cpu.ECX)).isEqualTo(0x100);
    for (int i = 0; i < 0x800; i += 4) {
      assertThat(machine.read32(DATA + i)).isEqualTo(machine.read32(SOURCE + 0x800 + i));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 8, 100})
  void aCopyIntoItsOwnSourceRepeatsIt(int distance) {
    machine.code(
        "f3a4" // rep movsb
            + "cd80" // int 0x80
        );
    for (int i = 0; i < distance; i++) {
      machine.memory.write8(machine.frame(DATA) << Page.SHIFT | i, i + 1);
    }
    machine.cpu.set(Cpu.ESI, DATA);
    machine.cpu.set(Cpu.EDI, DATA + distance);
    machine.cpu.set(Cpu.ECX, 1000);
    machine.runUntilSystemCall();
    for (int i = 0; i < 1000; i++) {
      int b = machine.memory.read8(machine.frame(DATA) << Page.SHIFT | i);
      assertThat(b).isEqualTo(i % distance + 1);
    }
  }

  @Test
  void eachPageFaultsOnceWhileTheHandlerResolves() {
    int[] faults = new int[1];
    machine.mmu.setPageFaultHandler(
        (va, error) -> {
          faults[0]++;
          assertThat(machine.cpu.get(Cpu.EDI)).isEqualTo(va);
          assertThat(machine.cpu.eip()).isEqualTo(CODE);
          machine.map(Page.base(va));
          return true;
        });
    machine.code(
        "f3ab" // rep stosd
            + "cd80" // int 0x80
        );
    machine.cpu.set(Cpu.EDI, DATA + 0x100);
    machine.cpu.set(Cpu.EAX, 0x0102_0304);
    machine.cpu.set(Cpu.ECX, 0x1800);
    machine.runUntilSystemCall();
    assertThat(faults[0]).isEqualTo(6);
    assertThat(machine.read32(DATA + 0x100 + 0x17FF * 4)).isEqualTo(0x0102_0304);
    assertThat(machine.cpu.retired()).isEqualTo(2);
  }

  @Test
  void aScanEndsBehindWhatItFound() {
    machine.put(DATA + 0x20, "07");
    machine.code(
        "f2ae" // repne scasb
            + "cd80" // int 0x80
        );
    machine.cpu.set(Cpu.EDI, DATA);
    machine.cpu.set(Cpu.EAX, 7);
    machine.cpu.set(Cpu.ECX, -1);
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EDI)).isEqualTo(DATA + 0x21);
    assertThat(machine.cpu.get(Cpu.ECX)).isEqualTo(~0x21);
  }

  @Test
  void aCountOfZeroTouchesNothing() {
    machine.code(
        "f3a5" // rep movsd
            + "cd80" // int 0x80
        );
    machine.cpu.set(Cpu.ESI, 0);
    machine.runUntilSystemCall();
    assertThat(machine.cpu.retired()).isEqualTo(2);
  }
}
