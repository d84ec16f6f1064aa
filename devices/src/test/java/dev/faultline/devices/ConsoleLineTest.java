// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flow control between a UART and the host, in both directions, and the order of what comes. */
final class ConsoleLineTest {
  private static final class End implements ConsoleEnd {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @SuppressWarnings("NullAway.Init") // Given by start, before each test.
    private ConsoleLine.Door door;

    private int roomCalls;

    @Override
    public int outputWindow() {
      return 20;
    }

    @Override
    public void start(ConsoleLine.Door newDoor) {
      door = newDoor;
    }

    @Override
    public void write(byte value) {
      out.write(value);
    }

    @Override
    public void inputRoomAvailable() {
      roomCalls++;
    }

    @Override
    public void close() {}
  }

  private final Board board = new Board();
  private final End end = new End();
  private final ConsoleLine line = new ConsoleLine("ttyS0", board.uart, end, board.external);

  @BeforeEach
  void start() throws IOException {
    line.start();
    board.uart.out(3, 0x03);
    board.uart.out(4, 0x0B);
    board.uart.out(2, 0x07);
  }

  private void send(int count) {
    for (int i = 0; i < count; i++) {
      board.uart.out(0, 'a' + i % 26);
    }
  }

  private boolean thre() {
    return (board.uart.in(5) & 0x20) != 0;
  }

  @Test
  void aClosedWindowHoldsTheTransmitterUntilTheEndHasDrained() {
    send(20);
    assertThat(thre()).isTrue();
    send(10);
    assertThat(thre()).isFalse();
    assertThat(end.out.size()).isEqualTo(20);
    board.uart.out(1, 2);
    assertThat(board.interrupt).isFalse();

    end.door.drained(15);
    assertThat(thre()).as("not before the machine lets it in").isFalse();
    board.external.deliver();

    assertThat(thre()).isTrue();
    assertThat(board.interrupt).isTrue();
    assertThat(end.out.toString(StandardCharsets.US_ASCII))
        .isEqualTo("abcdefghijklmnopqrstabcdefghij");
  }

  @Test
  void inputWaitsInTheLineWhileTheFifoIsFull() {
    for (int i = 0; i < 100; i++) {
      end.door.received((byte) i);
    }
    board.external.deliver();
    assertThat(end.door.inputRoom()).isEqualTo(ConsoleLine.INPUT_WINDOW - 100 + 16);
    for (int i = 0; i < 100; i++) {
      assertThat(board.uart.in(0)).isEqualTo(i);
    }

    assertThat(board.uart.in(5) & 0x03).as("neither data nor overrun").isZero();
    assertThat(end.door.inputRoom()).isEqualTo(ConsoleLine.INPUT_WINDOW);
  }

  @Test
  void theWindowIsFullAtItsSizeAndTheEndIsToldWhenHalfIsFree() {
    for (int i = 0; i < ConsoleLine.INPUT_WINDOW; i++) {
      end.door.received((byte) i);
    }
    assertThat(end.door.inputRoom()).isZero();
    assertThatThrownBy(() -> end.door.received((byte) 0)).isInstanceOf(IllegalStateException.class);
    board.external.deliver();
    assertThat(end.roomCalls).isZero();

    for (int i = 0; i < ConsoleLine.INPUT_WINDOW / 2; i++) {
      board.uart.in(0);
    }

    assertThat(end.roomCalls).isEqualTo(1);
  }

  @Test
  void aBreakKeepsItsPlaceBehindBytesThatWait() {
    for (int i = 0; i < 20; i++) {
      end.door.received((byte) 'x');
    }
    end.door.breakReceived();
    end.door.received((byte) 'y');
    board.external.deliver();
    for (int i = 0; i < 20; i++) {
      assertThat(board.uart.in(5) & 0x10).isZero();
      board.uart.in(0);
    }

    assertThat(board.uart.in(5) & 0x10).isEqualTo(0x10);
    assertThat(board.uart.in(0)).isZero();
    assertThat(board.uart.in(0)).isEqualTo('y');
  }

  @Test
  void whatIsTypedBeforeTheDriverIsReadyWaitsForIt() {
    board.uart.out(4, 0);
    board.uart.out(2, 0);
    end.door.received((byte) 'x');
    board.external.deliver();

    board.uart.out(2, 0x07);
    assertThat(board.uart.in(5) & 1).isZero();
    board.uart.out(4, 0x0B);

    assertThat(board.uart.in(0)).isEqualTo('x');
  }

  @Test
  void inputWaitsOutALoopbackTest() {
    board.uart.out(4, 0x10);
    end.door.received((byte) 'x');
    board.external.deliver();
    assertThat(board.uart.in(5) & 1).isZero();

    board.uart.out(4, 0x0B);

    assertThat(board.uart.in(0)).isEqualTo('x');
  }

  @Test
  void carrierAndScreenReachTheMachine() {
    List<String> heard = new ArrayList<>();
    line.setListener(
        new ConsoleLine.Listener() {
          @Override
          public void windowSize(int columns, int rows) {
            heard.add(columns + "x" + rows);
          }

          @Override
          public void terminalType(String name) {
            heard.add(name);
          }
        });
    assertThat(end.door.connected()).isTrue();
    end.door.windowSize(132, 43);
    end.door.terminalType("VT100");
    board.external.deliver();

    assertThat(heard).containsExactly("132x43", "VT100");
    assertThat(board.uart.in(6) & 0x80).isEqualTo(0x80);
    end.door.disconnected();
    board.external.deliver();
    assertThat(board.uart.in(6) & 0x80).isZero();
    assertThat(end.door.inputRoom()).isEqualTo(ConsoleLine.INPUT_WINDOW);
  }

  @Test
  void aMachineThatTakesNoNoticeGetsOnlySoManyComingsAndGoings() {
    int accepted = 0;
    while (end.door.connected()) {
      end.door.disconnected();
      accepted++;
    }

    assertThat(accepted).isEqualTo(512);
  }
}
