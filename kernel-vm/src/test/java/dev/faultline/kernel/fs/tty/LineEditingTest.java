// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.PollEvents;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the line that a program gets is not the one that the screen shows. */
final class LineEditingTest {
  private final FsMachine machine = new FsMachine();
  private final FakeLine line = new FakeLine();
  private final List<String> signals = new ArrayList<>();
  private final Tty tty =
      new Tty(
          machine.scheduler,
          machine.time,
          line,
          new JobControl() {
            @Override
            public void signalGroup(int group, int signal) {
              signals.add(group + ":" + signal);
            }

            @Override
            public boolean isGroupInSession(int group, int session) {
              return true;
            }
          });

  private OpenFile open() {
    machine.write("/tty", "");
    FilePath path = new FilePath(machine.vnode("/tty"), machine.root.root(), "tty");
    return tty.open(machine.caller, path, OpenFlags.RDWR | OpenFlags.NONBLOCK).value();
  }

  private void set(int iflag, int lflag, int min, int time) {
    byte[] bytes = Termios.defaults().encode();
    bytes[0] = (byte) iflag;
    bytes[1] = (byte) (iflag >> 8);
    bytes[12] = (byte) lflag;
    bytes[13] = (byte) (lflag >> 8);
    bytes[17 + Termios.VMIN] = (byte) min;
    bytes[17 + Termios.VTIME] = (byte) time;
    tty.discipline().setSettings(Termios.decode(bytes));
  }

  @Test
  @DisplayName("a line is there when it is ended; return becomes newline; a read gives one line")
  void lines() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.type("abc");
          assertThat(machine.get(f, 100)).isEqualTo("errno 11");
          assertThat(f.poll(null) & PollEvents.IN).isZero();
          line.type("\rdef\r");
          assertThat(f.poll(null) & PollEvents.IN).isNotZero();
          assertThat(machine.get(f, 100)).isEqualTo("abc\n");
          assertThat(machine.get(f, 2)).isEqualTo("de");
          assertThat(machine.get(f, 100)).isEqualTo("f\n");
          assertThat(line.sent()).isEqualTo("abc\r\ndef\r\n");
        });
  }

  @Test
  @DisplayName(
      "erase, word erase and kill take from line and screen alike, and only from this line")
  void erasing() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.type("ab\u007f");
          assertThat(line.sent()).isEqualTo("ab\b \b");
          line.type("\u007f\u007f\u007fone two-three \u0017\r");
          assertThat(machine.get(f, 100)).isEqualTo("one two-\n");
          line.sent();
          line.type("x\u0001\u007f");
          assertThat(line.sent()).isEqualTo("x^A\b \b\b \b");
          line.type("yz\u0015");
          assertThat(line.sent()).isEqualTo("yz\b \b\b \b\b \b");
          line.type("a\tb\u007f\u007f");
          assertThat(line.sent()).isEqualTo("a\tb\b \b" + "\b \b".repeat(7));
          line.type("\r");
          assertThat(machine.get(f, 100)).isEqualTo("a\n");
        });
  }

  @Test
  @DisplayName(
      "reprint shows the line again; the literal-next character takes what follows as data")
  void reprintAndLiteral() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.type("abc\u0012");
          assertThat(line.sent()).isEqualTo("abc^R\r\nabc");
          line.type("\u0016\u0003\u0016\u007f");
          assertThat(line.sent()).isEqualTo("^\b^C^\b^?");
          line.type("\r");
          assertThat(machine.get(f, 100)).isEqualTo("abc\u0003\u007f\n");
          assertThat(signals).isEmpty();
        });
  }

  @Test
  @DisplayName("^D ends a line without a newline; on an empty line it is the end of the file")
  void endOfFile() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.type("abc\u0004\u0004x\r");
          assertThat(machine.get(f, 100)).isEqualTo("abc");
          assertThat(machine.get(f, 100)).isEmpty();
          assertThat(machine.get(f, 100)).isEqualTo("x\n");
          line.type("abc\u0004");
          assertThat(machine.get(f, 3)).isEqualTo("abc");
          assertThat(machine.get(f, 3)).isEqualTo("errno 11");
        });
  }

  @Test
  @DisplayName("a line is at most 4095 bytes and its end; more is lost, the end never")
  void longLine() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.type("x".repeat(10_000) + "\r");
          assertThat(machine.get(f, 10_000)).isEqualTo("x".repeat(4095) + "\n");
          line.type("next\r");
          assertThat(machine.get(f, 100)).isEqualTo("next\n");
        });
  }

  @Test
  @DisplayName("^C, ^\\ and ^Z signal the foreground group and drop the line; not with NOFLSH")
  void signals() {
    machine.run(
        () -> {
          machine.caller.processGroup = 42;
          OpenFile f = open();
          line.type("gone\u0003kept\r");
          assertThat(machine.get(f, 100)).isEqualTo("kept\n");
          line.type("\u001c\u001a");
          assertThat(signals).containsExactly("42:2", "42:3", "42:20");
          set(Termios.ICRNL, Termios.ISIG | Termios.ICANON | Termios.NOFLSH, 1, 0);
          line.type("a\u0003b\r");
          assertThat(machine.get(f, 100)).isEqualTo("ab\n");
          set(Termios.ICRNL, Termios.ICANON, 1, 0);
          line.type("\u0003\r");
          assertThat(machine.get(f, 100)).isEqualTo("\u0003\n");
          assertThat(signals).hasSize(4);
        });
  }

  @Test
  @DisplayName("raw: every byte at once, VMIN of them, or what there is after VTIME")
  void raw() {
    machine.run(
        () -> {
          OpenFile f = open();
          set(0, 0, 1, 0);
          line.type("a\r\u0003\u0004");
          assertThat(machine.get(f, 100)).isEqualTo("a\r\u0003\u0004");
          assertThat(line.sent()).isEmpty();
          assertThat(signals).isEmpty();

          f.setStatusFlags(0);
          set(0, 0, 0, 5);
          long before = machine.time.now();
          assertThat(machine.get(f, 10)).isEmpty();
          assertThat(machine.time.now() - before).isEqualTo(500_000_000L);

          set(0, 0, 3, 2);
          List<String> got = new ArrayList<>();
          machine.scheduler.spawn("reader", () -> got.add(machine.get(f, 10)));
          machine.settle();
          line.type("x");
          machine.settle();
          assertThat(got).isEmpty();
          line.type("yz");
          machine.settle();
          assertThat(got).containsExactly("xyz");
          line.type("q");
          assertThat(machine.get(f, 10)).isEqualTo("q");

          set(0, 0, 0, 0);
          assertThat(machine.get(f, 10)).isEmpty();
        });
  }

  @Test
  @DisplayName("switching modes loses nothing: a half line is readable raw, raw bytes are a line")
  void switching() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.type("half");
          set(0, 0, 1, 0);
          assertThat(machine.get(f, 2)).isEqualTo("ha");
          set(Termios.ICRNL, Termios.ICANON, 1, 0);
          assertThat(machine.get(f, 10)).isEqualTo("lf");
        });
  }

  @Test
  @DisplayName("^S stops the output, ^Q lets it go on; IXANY lets anything")
  void flowControl() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.type("\u0013");
          assertThat(line.stopped).isTrue();
          assertThat(machine.put(f, "x")).isEqualTo(-11);
          line.type("\u0011");
          assertThat(line.stopped).isFalse();
          assertThat(machine.put(f, "x")).isEqualTo(1);
          assertThat(line.sent()).isEqualTo("x");
        });
  }

  @Test
  @DisplayName("a writer waits for room; a newline becomes two bytes, none of them lost")
  void writerWaits() {
    machine.run(
        () -> {
          OpenFile f = open();
          f.setStatusFlags(0);
          line.room = 20;
          List<Integer> done = new ArrayList<>();
          machine.scheduler.spawn("writer", () -> done.add(machine.put(f, "line\n".repeat(10))));
          machine.settle();
          StringBuilder all = new StringBuilder(line.sent());
          assertThat(done).isEmpty();
          for (int i = 0; i < 10; i++) {
            line.giveRoom(20);
            machine.settle();
            all.append(line.sent());
          }
          assertThat(done).containsExactly(50);
          assertThat(all).hasToString("line\r\n".repeat(10));
        });
  }

  @Test
  @DisplayName("a hang-up: SIGHUP, end of file, EIO for writers")
  void hangUp() {
    machine.run(
        () -> {
          OpenFile f = open();
          line.loseCarrier();
          assertThat(machine.get(f, 1)).isEqualTo("errno 11");
          tty.hangUp();
          assertThat(signals).containsExactly("1:1", "1:18");
          assertThat(machine.get(f, 1)).isEmpty();
          assertThat(machine.put(f, "x")).isEqualTo(-5);
          assertThat(f.poll(null) & PollEvents.HUP).isNotZero();
        });
  }
}
