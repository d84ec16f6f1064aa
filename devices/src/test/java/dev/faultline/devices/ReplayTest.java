// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a machine can observe of its console is a function of what came through the door. */
final class ReplayTest {
  private record Entry(long time, int source, ExternalEvent event) {}

  /** An end that does nothing by itself. */
  private static final class Puppet implements ConsoleEnd {
    private int waiting;

    @SuppressWarnings("NullAway.Init") // Given by start.
    private ConsoleLine.Door door;

    @Override
    public int outputWindow() {
      return 100;
    }

    @Override
    public void start(ConsoleLine.Door newDoor) {
      door = newDoor;
    }

    @Override
    public void write(byte value) {
      waiting++;
    }

    @Override
    public void close() {}

    /** Does one of the things that a far end may do. */
    void act(Random random) {
      switch (random.nextInt(door.inputRoom() > 0 ? 6 : 2)) {
        case 0 -> {
          door.drained(waiting);
          waiting = 0;
        }
        case 1 -> {
          if (door.connected()) {
            door.disconnected();
          }
        }
        case 2 -> door.windowSize(1 + random.nextInt(200), 1 + random.nextInt(100));
        case 3 -> door.breakReceived();
        default -> {
          for (int n = random.nextInt(40); n > 0 && door.inputRoom() > 0; n--) {
            door.received((byte) random.nextInt());
          }
        }
      }
    }
  }

  /** A driver that reads and writes registers by its own seed and notes all it sees. */
  private static final class Guest {
    private final Board board = new Board();
    private final Puppet puppet = new Puppet();
    private final Random choice = new Random(99);
    private final List<Integer> seen = new ArrayList<>();

    Guest() throws IOException {
      ConsoleLine line = new ConsoleLine("ttyS0", board.uart, puppet, board.external);
      line.setListener((columns, rows) -> seen.add(columns << 16 | rows));
      line.start();
      board.uart.out(3, 3);
      board.uart.out(4, 0x0B);
      board.uart.out(2, 0xC7);
      board.uart.out(1, 0x0F);
    }

    void step() {
      for (int i = 0; i < 10; i++) {
        int register = choice.nextInt(7);
        if (choice.nextInt(3) == 0) {
          board.uart.out(0, choice.nextInt(256));
        } else {
          seen.add(board.uart.in(register));
        }
        seen.add(board.interrupt ? 1 : 0);
      }
      board.pass(choice.nextInt(1_000_000));
    }
  }

  @Test
  void aReplayedConsoleShowsTheMachineTheSame() throws IOException {
    for (int seed = 1; seed <= 20; seed++) {
      Random world = new Random(seed);
      List<Entry> tape = new ArrayList<>();
      Guest first = new Guest();
      first.board.external.setRecorder((t, s, e) -> tape.add(new Entry(t, s, e)));
      for (int i = 0; i < 300; i++) {
        if (world.nextBoolean()) {
          first.puppet.act(world);
        }
        first.board.external.deliver();
        first.step();
      }

      Guest second = new Guest();
      int next = 0;
      for (int i = 0; i < 300; i++) {
        while (next < tape.size() && tape.get(next).time() == second.board.clock.now()) {
          second.board.external.replay(tape.get(next).source(), tape.get(next).event());
          next++;
        }
        second.step();
      }

      assertThat(next).isEqualTo(tape.size());
      assertThat(second.seen).as("seed %d", seed).isEqualTo(first.seen);
    }
  }
}
