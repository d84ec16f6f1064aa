// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.KernelThread;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the ends of a FIFO miss each other. */
final class FifoTest {
  private static final int FIFO = 0x1000;

  private final FsMachine machine = new FsMachine();
  private final List<String> log = new ArrayList<>();

  @BeforeEach
  void make() {
    machine.run(() -> assertThat(Vfs.mknod(machine.caller, null, "/f", FIFO | 0x1B6, 0)).isZero());
  }

  private KernelThread opener(String name, int flags) {
    return machine.scheduler.spawn(
        name,
        () -> {
          Result<OpenFile> file = Vfs.open(machine.caller, null, "/f", flags, 0);
          log.add(name + " " + file.error());
        });
  }

  @Test
  @DisplayName("opening waits for the other side, in either order")
  void meeting() {
    machine.run(
        () -> {
          opener("reader", OpenFlags.RDONLY);
          machine.settle();
          assertThat(log).isEmpty();
          opener("writer", OpenFlags.WRONLY);
          machine.settle();
          assertThat(log).containsExactlyInAnyOrder("reader 0", "writer 0");
        });
  }

  @Test
  @DisplayName("a writer that comes and goes at once still lets the reader in")
  void shortVisit() {
    machine.run(
        () -> {
          opener("reader", OpenFlags.RDONLY);
          machine.settle();
          OpenFile writer = machine.open("/f", OpenFlags.WRONLY);
          machine.put(writer, "x");
          writer.release();
          machine.settle();
          assertThat(log).containsExactly("reader 0");
        });
  }

  @Test
  @DisplayName("O_NONBLOCK: reader at once, writer ENXIO without reader; O_RDWR at once")
  void nonBlocking() {
    machine.run(
        () -> {
          int write = OpenFlags.WRONLY | OpenFlags.NONBLOCK;
          assertThat(Vfs.open(machine.caller, null, "/f", write, 0).error())
              .isEqualTo(-Errno.ENXIO);
          assertThat(machine.layer.pipes().count()).isZero();
          OpenFile reader = machine.open("/f", OpenFlags.RDONLY | OpenFlags.NONBLOCK);
          assertThat(machine.get(reader, 1)).isEmpty();
          assertThat(reader.poll(null)).isZero();
          OpenFile writer = machine.open("/f", write);
          machine.put(writer, "hi");
          assertThat(machine.get(reader, 9)).isEqualTo("hi");
          writer.release();
          assertThat(reader.poll(null)).isEqualTo(PollEvents.HUP);
          reader.release();
          machine.open("/f", OpenFlags.RDWR).release();
          assertThat(machine.layer.pipes().count()).isZero();
        });
  }

  @Test
  @DisplayName("a signal ends the wait, and nothing is left behind")
  void interrupted() {
    machine.run(
        () -> {
          KernelThread waiting = opener("reader", OpenFlags.RDONLY);
          machine.settle();
          machine.scheduler.interrupt(waiting);
          machine.settle();
          assertThat(log).containsExactly("reader " + -Errno.ERESTARTSYS);
          assertThat(machine.layer.pipes().count()).isZero();
          assertThat(machine.layer.files().count()).isZero();
        });
  }
}
