// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.KernelThread;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: poll sleeps through what it waits for, or keeps waiting files open. */
final class PollerTest {
  private final FsMachine machine = new FsMachine();
  private final List<String> log = new ArrayList<>();

  private int poll(@Nullable OpenFile[] files, int[] events, int[] revents, long deadline) {
    boolean[] ignored = new boolean[files.length];
    return Poller.poll(machine.scheduler, files, ignored, events, revents, deadline);
  }

  @Test
  @DisplayName("ready at once, NVAL for what is not open, nothing at the deadline")
  void immediate() {
    machine.run(
        () -> {
          PipeTable.Ends p = machine.layer.pipes().create(0).value();
          int[] revents = new int[3];
          @Nullable OpenFile[] files = {p.reader(), p.writer(), null};
          assertThat(poll(files, new int[] {1, 4, 1}, revents, 0)).isEqualTo(2);
          assertThat(revents).containsExactly(0, 4, PollEvents.NVAL);
          @Nullable OpenFile[] one = {p.reader()};
          long deadline = machine.time.now() + 5_000_000;
          assertThat(poll(one, new int[] {1}, revents, deadline)).isZero();
          assertThat(machine.time.now()).isEqualTo(deadline);
        });
  }

  @Test
  @DisplayName("a waiter wakes for any of its files, and for nothing that it did not ask for")
  void waiting() {
    machine.run(
        () -> {
          PipeTable.Ends one = machine.layer.pipes().create(0).value();
          PipeTable.Ends two = machine.layer.pipes().create(0).value();
          machine.scheduler.spawn(
              "poller",
              () -> {
                int[] revents = new int[2];
                @Nullable OpenFile[] files = {one.reader(), two.reader()};
                log.add("" + poll(files, new int[] {0, 1}, revents, Long.MAX_VALUE));
                log.add(revents[0] + " " + revents[1]);
              });
          machine.settle();
          machine.put(one.writer(), "x");
          machine.settle();
          assertThat(log).isEmpty();
          machine.put(two.writer(), "x");
          machine.settle();
          assertThat(log).containsExactly("1", "0 1");
        });
  }

  @Test
  @DisplayName("a signal ends it; a file closed meanwhile lives until then")
  void interrupted() {
    machine.run(
        () -> {
          PipeTable.Ends p = machine.layer.pipes().create(0).value();
          KernelThread t =
              machine.scheduler.spawn(
                  "poller",
                  () -> {
                    @Nullable OpenFile[] files = {p.reader()};
                    log.add("" + poll(files, new int[] {1}, new int[1], Long.MAX_VALUE));
                  });
          machine.settle();
          p.reader().release();
          assertThat(machine.layer.files().count()).isEqualTo(2);
          machine.scheduler.interrupt(t);
          machine.settle();
          assertThat(log).containsExactly("" + -Errno.ERESTARTNOHAND);
          assertThat(machine.layer.files().count()).isEqualTo(1);
        });
  }
}
