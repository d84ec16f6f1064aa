// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: two threads change one file, or a thread waits for itself. */
final class VnodeLockTest {
  private final FsMachine machine = new FsMachine();
  private final VnodeLock lock = new VnodeLock(machine.scheduler);
  private final List<String> log = new ArrayList<>();

  private void spawn(String name, boolean exclusive) {
    machine.scheduler.spawn(
        name,
        () -> {
          if (exclusive) {
            lock.lockExclusive();
          } else {
            lock.lockShared();
          }
          log.add(name);
          machine.scheduler.yieldNow();
          lock.unlock();
        });
  }

  @Test
  @DisplayName("readers share; a writer waits for them, and those who come later wait for him")
  void order() {
    machine.run(
        () -> {
          lock.lockShared();
          spawn("reader", false);
          machine.settle();
          spawn("writer", true);
          spawn("late", false);
          machine.settle();
          assertThat(log).containsExactly("reader");
          lock.unlock();
          machine.settle();
          assertThat(log).containsExactly("reader", "writer", "late");
          assertThat(lock.held()).isFalse();
        });
  }

  @Test
  @DisplayName("F19 who holds it shared may take it again, though a writer waits; an owner too")
  void recursion() {
    machine.run(
        () -> {
          lock.lockShared();
          spawn("writer", true);
          machine.settle();
          lock.lockShared();
          lock.unlock();
          lock.unlock();
          machine.settle();
          assertThat(log).containsExactly("writer");
          lock.lockExclusive();
          lock.lockShared();
          lock.lockExclusive();
          lock.unlock();
          lock.unlock();
          assertThat(lock.heldByCaller()).isTrue();
          lock.unlock();
          assertThat(lock.held()).isFalse();
        });
  }

  @Test
  @DisplayName("D12 a wait with a deadline ends there, and lets those behind it in")
  void deadline() {
    machine.run(
        () -> {
          lock.lockShared();
          machine.scheduler.spawn("daemon", () -> log.add("daemon " + lock.lockExclusive(1000)));
          machine.settle();
          spawn("reader", false);
          machine.settle();
          assertThat(log).isEmpty();
          machine.scheduler.sleep(new Object(), false, 5000);
          assertThat(log).containsExactlyInAnyOrder("daemon false", "reader");
          lock.unlock();
        });
  }
}
