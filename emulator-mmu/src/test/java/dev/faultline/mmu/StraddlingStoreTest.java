// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: the first page of a store is stolen while the handler sleeps for the second. Its frame is
 * then somebody else's, and no byte may go there.
 */
final class StraddlingStoreTest {
  private static final int FIRST = 0x0040_0000;
  private static final int SECOND = 0x0040_1000;
  private static final int EDGE = FIRST + 0xFFD;

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;
  private int faults;

  @BeforeEach
  void firstPageInFrame16() {
    machine.map(FIRST, 16, RW);
    machine.map(SECOND, 0, 0);
    for (int frame = 16; frame <= 19; frame++) {
      machine.memory.fillFrame(frame, frame);
    }
    mmu.read8(FIRST);
    mmu.write8(FIRST, 16);
  }

  @Test
  @DisplayName("stolen while the second page came in: brought back elsewhere, and written there")
  void stolenByInvalidation() {
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          faults++;
          if (va == SECOND) {
            machine.map(SECOND, 17, RW).unmap(FIRST);
            mmu.invalidate(FIRST);
          } else {
            machine.map(FIRST, 18, RW);
          }
          return true;
        });

    mmu.write64(EDGE, 0x8877_6655_4433_2211L);

    assertFrameIsUntouched(16);
    assertThat(machine.memory.read16(18 << 12 | 0xFFD)).isEqualTo(0x2211);
    assertThat(machine.memory.read8(18 << 12 | 0xFFF)).isEqualTo(0x33);
    assertThat(machine.memory.read32(17 << 12)).isEqualTo(0x7766_5544);
    assertThat(machine.memory.read8(17 << 12 | 4)).isEqualTo(0x88);
    assertThat(faults).isEqualTo(2);
  }

  @Test
  @DisplayName("remapped under another CR3 and back: the new frame gets the bytes")
  void stolenAcrossAThreadSwitch() {
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          mmu.loadCr3(0xF000); // another process runs
          machine.memory.write32((Machine.DIRECTORY + 0x1000) + 0 * 4, 18 << 12 | RW);
          mmu.loadCr3(Machine.DIRECTORY);
          machine.map(SECOND, 17, RW);
          return true;
        });

    mmu.write32(EDGE, 0x4433_2211);

    assertFrameIsUntouched(16);
    assertThat(machine.memory.read16(18 << 12 | 0xFFD)).isEqualTo(0x2211);
    assertThat(machine.memory.read8(17 << 12)).isEqualTo(0x44);
  }

  @Test
  @DisplayName("stolen, and then refused: nothing is written anywhere")
  void stolenAndRefused() {
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          if (va != SECOND) {
            return false;
          }
          machine.map(SECOND, 17, RW).unmap(FIRST);
          mmu.invalidate(FIRST);
          return true;
        });

    Machine.Fault fault = machine.faultOf(() -> mmu.write32(EDGE, 0x4433_2211));

    assertThat(fault).hasToString("#PF(cr2=00400ffd, error=6)");
    assertFrameIsUntouched(16);
    assertFrameIsUntouched(17);
  }

  @Test
  @DisplayName(
      "each page steals the other, then one is refused: not even the first half is written")
  void stolenInTurnAndRefused() {
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          boolean first = Page.base(va) == FIRST;
          machine.map(Page.base(va), first ? 18 : 17, RW).unmap(first ? SECOND : FIRST);
          mmu.invalidate(first ? SECOND : FIRST);
          return ++faults <= 4;
        });

    Machine.Fault fault = machine.faultOf(() -> mmu.write32(EDGE, 0x4433_2211));

    assertThat(fault).hasToString("#PF(cr2=00401000, error=6)");
    assertFrameIsUntouched(16);
    assertFrameIsUntouched(17);
    assertFrameIsUntouched(18);
  }

  @Test
  @DisplayName("the second page is stolen while the first comes in: it is probed again too")
  void secondStolenWhileFirstComesIn() {
    machine.map(SECOND, 17, RW).unmap(FIRST);
    mmu.invalidate(FIRST);
    mmu.write8(SECOND, 17);
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          if (Page.base(va) == FIRST) {
            machine.map(FIRST, 18, RW).unmap(SECOND);
            mmu.invalidate(SECOND);
          } else {
            machine.map(SECOND, 19, RW);
          }
          return true;
        });

    mmu.write32(EDGE, 0x4433_2211);

    assertFrameIsUntouched(17);
    assertThat(machine.memory.read8(19 << 12)).isEqualTo(0x44);
  }

  @Test
  @DisplayName("a read of two pages never mixes in a stolen frame")
  void straddlingRead() {
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          if (va == SECOND) {
            machine.map(SECOND, 17, RW).unmap(FIRST);
            mmu.invalidate(FIRST);
            machine.memory.fillFrame(16, 0xEE);
          } else {
            machine.map(FIRST, 18, RW);
          }
          return true;
        });

    assertThat(mmu.read32(EDGE)).isEqualTo(0x1112_1212);
  }

  @Test
  @DisplayName("a read-modify-write of two pages: the write that follows its read cannot fault")
  void straddlingReadModifyWrite() {
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          faults++;
          if (va == SECOND) {
            machine.map(SECOND, 17, RW).unmap(FIRST);
            mmu.invalidate(FIRST);
          } else {
            machine.map(FIRST, 18, RW);
          }
          return true;
        });
    assertThat(mmu.writeIndex(EDGE, 4)).isEqualTo(-1);

    long old = mmu.readForWrite(EDGE, 4);
    mmu.write32(EDGE, (int) old + 1);

    assertThat(old).isEqualTo(0x1112_1212L);
    assertThat(faults).isEqualTo(2);
    assertThat(mmu.read32(EDGE)).isEqualTo(0x1112_1213);
    assertFrameIsUntouched(16);
  }

  private void assertFrameIsUntouched(int frame) {
    byte[] bytes = new byte[Page.SIZE];
    machine.memory.get(frame << Page.SHIFT, bytes, 0, Page.SIZE);
    assertThat(bytes).containsOnly(frame);
  }
}
