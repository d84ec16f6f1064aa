// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.EventQueue;
import dev.faultline.devices.ExternalInput;
import dev.faultline.devices.VirtualClock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the machine does while every thread sleeps (P35). */
final class IdleWorkTest {
  private final VirtualClock virtual = new VirtualClock();
  private final MachineClock clock =
      new MachineClock(virtual, new EventQueue(), new ExternalInput(virtual, 16), false);
  private int done;

  private boolean work(int most) {
    if (done == most) {
      return false;
    }
    done++;
    return true;
  }

  @Test
  @DisplayName("P35 idle time is used a microsecond a frame, and passes as it would have")
  void fillsIdleTime() {
    clock.setIdleWork(() -> work(1000));
    assertThat(clock.idle(10_500)).isTrue();
    assertThat(done).isEqualTo(10);
    assertThat(clock.now()).isEqualTo(10_500);
  }

  @Test
  @DisplayName("P35 it ends when there is nothing to do")
  void endsWithTheWork() {
    clock.setIdleWork(() -> work(3));
    assertThat(clock.idle(1_000_000)).isTrue();
    assertThat(done).isEqualTo(3);
    assertThat(clock.now()).isEqualTo(1_000_000);
  }
}
