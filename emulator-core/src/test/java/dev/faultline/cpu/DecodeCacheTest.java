// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import org.junit.jupiter.api.Test;

/** The cache of decoded code stays within its bounds, and out of the way. */
final class DecodeCacheTest {
  private static final int FAR = 0x100_0000;
  private static final int PAGES = 200;
  private static final int NOP = 0x90;

  private final TestMachine machine = new TestMachine();

  @Test
  void moreCodeThanTheCacheHoldsRunsAllTheSame() {
    // 200 pages of NOPs are more ops than are kept; the run goes through them twice.
    for (int i = 0; i < PAGES; i++) {
      machine.memory.fillFrame(machine.map(FAR + i * Page.SIZE), NOP);
    }
    machine.map(FAR + PAGES * Page.SIZE);
    machine.put(FAR + PAGES * Page.SIZE, "cd80");
    for (int round = 1; round <= 2; round++) {
      machine.cpu.setEip(FAR);
      machine.runUntilSystemCall();
      assertThat(machine.cpu.retired()).isEqualTo(round * (PAGES * Page.SIZE + 1L));
    }
  }

  @Test
  void theFrameOfOldCodeIsWrittenFastAgain() {
    int frame = machine.frame(TestMachine.CODE);
    machine.code("90cd80");
    machine.runUntilSystemCall();
    assertThat(machine.memory.isCode(frame)).isTrue();
    machine.memory.fillFrame(frame, 0);
    assertThat(machine.memory.isCode(frame)).isFalse();
  }

  @Test
  void aCodePageHasNoFastWriteEntry() {
    machine.code("c70500084000" + "07000000" + "cd80");
    machine.runUntilSystemCall();
    assertThat(machine.read32(TestMachine.CODE + 0x800)).isEqualTo(7);
    assertThat(machine.cpu.writeIndex(TestMachine.CODE + 0x800, 4)).isEqualTo(-1);
  }
}
