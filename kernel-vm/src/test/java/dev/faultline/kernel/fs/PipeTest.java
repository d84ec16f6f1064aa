// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.KernelThread;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a pipe that hangs, mixes, loses or makes up bytes. */
final class PipeTest {
  private final FsMachine machine = new FsMachine();
  private final List<String> log = new ArrayList<>();

  private PipeTable.Ends pipe(int flags) {
    return machine.layer.pipes().create(flags).value();
  }

  private KernelThread spawn(String name, Runnable body) {
    return machine.scheduler.spawn(name, body);
  }

  @Test
  @DisplayName("a reader waits for bytes, and for the end when the last writer has gone")
  void readerWaits() {
    machine.run(
        () -> {
          PipeTable.Ends p = pipe(0);
          spawn(
              "reader",
              () -> {
                log.add(machine.get(p.reader(), 100));
                log.add(machine.get(p.reader(), 100));
              });
          machine.settle();
          assertThat(log).isEmpty();
          machine.put(p.writer(), "hello");
          machine.settle();
          p.writer().release();
          machine.settle();
          assertThat(log).containsExactly("hello", "");
        });
  }

  @Test
  @DisplayName("without a reader: EPIPE, also for one who waits for room")
  void noReader() {
    machine.run(
        () -> {
          PipeTable.Ends p = pipe(0);
          assertThat(machine.put(p.writer(), "x".repeat(Pipe.CAPACITY))).isEqualTo(Pipe.CAPACITY);
          spawn("writer", () -> log.add("" + machine.put(p.writer(), "y")));
          machine.settle();
          assertThat(log).isEmpty();
          p.reader().release();
          machine.settle();
          assertThat(log).containsExactly("" + -Errno.EPIPE);
          assertThat(machine.put(p.writer(), "z")).isEqualTo(-Errno.EPIPE);
          assertThat(p.writer().poll(null) & PollEvents.ERR).isNotZero();
        });
  }

  @Test
  @DisplayName("writes of up to 4096 bytes are not mixed, whatever the room")
  void atomic() {
    machine.run(
        () -> {
          PipeTable.Ends p = pipe(0);
          machine.put(p.writer(), "-".repeat(Pipe.CAPACITY - 100));
          for (char c : new char[] {'a', 'b', 'c'}) {
            spawn("w" + c, () -> machine.put(p.writer(), ("" + c).repeat(Pipe.ATOMIC)));
          }
          StringBuilder all = new StringBuilder();
          while (all.length() < Pipe.CAPACITY - 100 + 3 * Pipe.ATOMIC) {
            machine.settle();
            all.append(machine.get(p.reader(), 777));
          }
          String written = all.substring(Pipe.CAPACITY - 100);
          assertThat(written).isEqualTo("a".repeat(4096) + "b".repeat(4096) + "c".repeat(4096));
        });
  }

  @Test
  @DisplayName("O_NONBLOCK: EAGAIN for an empty pipe, for a small write that does not fit whole")
  void nonBlocking() {
    machine.run(
        () -> {
          PipeTable.Ends p = pipe(OpenFlags.NONBLOCK);
          assertThat(machine.get(p.reader(), 1)).isEqualTo("errno " + Errno.EAGAIN);
          machine.put(p.writer(), "x".repeat(Pipe.CAPACITY - 10));
          assertThat(machine.put(p.writer(), "y".repeat(11))).isEqualTo(-Errno.EAGAIN);
          assertThat(machine.put(p.writer(), "y".repeat(5000))).isEqualTo(10);
          assertThat(machine.put(p.writer(), "y")).isEqualTo(-Errno.EAGAIN);
        });
  }

  @Test
  @DisplayName("a signal ends the wait: nothing done → restart, something written → the count")
  void interrupted() {
    machine.run(
        () -> {
          PipeTable.Ends p = pipe(0);
          KernelThread reader = spawn("reader", () -> log.add(machine.get(p.reader(), 1)));
          machine.settle();
          machine.scheduler.interrupt(reader);
          machine.settle();
          KernelThread writer =
              spawn("writer", () -> log.add("" + machine.put(p.writer(), "x".repeat(70_000))));
          machine.settle();
          machine.scheduler.interrupt(writer);
          machine.settle();
          assertThat(log).containsExactly("errno " + Errno.ERESTARTSYS, "" + Pipe.CAPACITY);
        });
  }

  @Test
  @DisplayName("memory that refuses leaves the bytes in the pipe")
  void faultingReader() {
    machine.run(
        () -> {
          PipeTable.Ends p = pipe(0);
          machine.put(p.writer(), "abcdef");
          assertThat(p.reader().read(machine.caller, new RefusingUio(10, 2))).isEqualTo(2);
          assertThat(p.reader().read(machine.caller, new RefusingUio(10, 0)))
              .isEqualTo(-Errno.EFAULT);
          assertThat(machine.get(p.reader(), 10)).isEqualTo("cdef");
          assertThat(p.writer().write(machine.caller, new RefusingUio(10, 0)))
              .isEqualTo(-Errno.EFAULT);
        });
  }

  @Test
  @DisplayName("poll: room, data, hang-up with and without data left")
  void polling() {
    machine.run(
        () -> {
          PipeTable.Ends p = pipe(0);
          assertThat(p.reader().poll(null)).isZero();
          assertThat(p.writer().poll(null)).isEqualTo(PollEvents.WRITABLE);
          machine.put(p.writer(), "x");
          assertThat(p.reader().poll(null)).isEqualTo(PollEvents.READABLE);
          p.writer().release();
          assertThat(p.reader().poll(null)).isEqualTo(PollEvents.READABLE | PollEvents.HUP);
          machine.get(p.reader(), 1);
          assertThat(p.reader().poll(null)).isEqualTo(PollEvents.HUP);
        });
  }

  @Test
  @DisplayName("there are 512 pipes at most, and those closed are given back")
  void bounded() {
    machine.run(
        () -> {
          List<PipeTable.Ends> all = new ArrayList<>();
          Result<PipeTable.Ends> next = machine.layer.pipes().create(0);
          while (next.isOk()) {
            all.add(next.value());
            next = machine.layer.pipes().create(0);
          }
          assertThat(all).hasSize(PipeTable.DEFAULT_LIMIT);
          all.getFirst().reader().release();
          assertThat(machine.layer.pipes().create(0).error()).isEqualTo(-Errno.ENFILE);
          all.getFirst().writer().release();
          assertThat(machine.layer.pipes().create(0).isOk()).isTrue();
        });
  }
}
