// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: signals get lost, come twice, or in the wrong order. */
final class PendingSignalsTest {
  private final PendingSignals pending = new PendingSignals();

  private boolean add(int signal, int value) {
    return pending.add(SignalInfo.fromProcess(signal, SignalInfo.QUEUE, 1, 0, value));
  }

  private List<String> drain(long wanted) {
    List<String> taken = new ArrayList<>();
    for (SignalInfo i = pending.take(wanted); i != null; i = pending.take(wanted)) {
      taken.add(i.signal() + ":" + i.value());
    }
    return taken;
  }

  @Test
  @DisplayName("an ordinary signal waits once, with the first one's information")
  void once() {
    add(Signal.USR1, 1);
    add(Signal.USR1, 2);
    assertThat(drain(-1)).containsExactly("10:1");
    assertThat(pending.mask()).isZero();
  }

  @Test
  @DisplayName("real-time signals are queued, the lowest number first, each in order")
  void queued() {
    add(40, 1);
    add(35, 2);
    add(40, 3);
    assertThat(drain(-1)).containsExactly("35:2", "40:1", "40:3");
  }

  @Test
  @DisplayName("faults go before everything else")
  void faultsFirst() {
    add(Signal.HUP, 1);
    add(Signal.SEGV, 2);
    assertThat(drain(-1)).containsExactly("11:2", "1:1");
  }

  @Test
  @DisplayName("what is not wanted stays")
  void selection() {
    add(Signal.HUP, 1);
    add(Signal.INT, 2);
    assertThat(drain(Signal.bit(Signal.INT))).containsExactly("2:2");
    assertThat(pending.mask()).isEqualTo(Signal.bit(Signal.HUP));
    pending.discard(-1);
    assertThat(pending.mask()).isZero();
  }

  @Test
  @DisplayName("the queue has an end")
  void full() {
    for (int i = 0; i < PendingSignals.LIMIT; i++) {
      assertThat(add(40, i)).isTrue();
    }
    assertThat(add(40, -1)).isFalse();
    assertThat(add(Signal.TERM, -1)).isTrue();
  }
}
