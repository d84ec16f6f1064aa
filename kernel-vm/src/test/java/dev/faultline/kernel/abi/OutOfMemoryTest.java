// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.WaitStatus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a program that wants more than there is stops the machine instead of dying. */
final class OutOfMemoryTest {
  private static final int FORK = 2;
  private static final int WAIT4 = 114;
  private static final int MMAP2 = 192;
  private static final int AREA = 0x5000_0000;
  private static final int MORE_THAN_THERE_IS = 256 << 20;

  /** Touches page after page. */
  private static Assembly hog() {
    Assembly a = new Assembly().call(MMAP2, AREA, MORE_THAN_THERE_IS, 3, 0x22, -1, 0);
    // mov [ecx], cl; add ecx, 4096; jmp back
    return a.load(1, AREA).code(0x88, 0x09, 0x81, 0xC1, 0, 0x10, 0, 0, 0xEB, 0xF6);
  }

  @Test
  @DisplayName("D21 an ordinary program that is alone is killed")
  void alone() {
    try (GuestMachine machine = new GuestMachine()) {
      int status = machine.with("hog", hog().build()).run("hog");
      assertThat(status).isEqualTo(WaitStatus.killed(Signal.KILL));
    }
  }

  @Test
  @DisplayName("D21 init is spared: its child is killed, and it goes on")
  void initIsSpared() {
    Assembly a = new Assembly();
    int status = a.words(0);
    a.call(FORK).ifZero(hog()).call(WAIT4, -1, status, 0, 0).loadEax(status).exitWithResult();
    try (GuestMachine machine = new GuestMachine()) {
      int end = machine.protectedInit().with("p", a.build()).run("p");
      assertThat(end).isEqualTo(WaitStatus.exited(Signal.KILL));
    }
  }
}
