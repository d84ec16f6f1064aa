// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class IntervalTimerTest {
  private static final long SECOND = 1_000_000_000L;

  private final Board board = new Board();
  private final PhysicalBus bus = new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE));
  private int edges;
  private boolean line;

  @BeforeEach
  void attach() {
    IntervalTimer timer =
        new IntervalTimer(
            board.clock,
            board.events,
            high -> {
              edges += high && !line ? 1 : 0;
              line = high;
            });
    timer.attach(bus);
    edges = 0;
  }

  private void out(int port, int value) {
    bus.out(port, 1, value);
  }

  private int in(int port) {
    return bus.in(port, 1);
  }

  private void program(int channel, int mode, int count) {
    out(0x43, channel << 6 | 0x30 | mode << 1);
    out(0x40 + channel, count & 0xFF);
    out(0x40 + channel, count >> 8);
  }

  private int count(int channel) {
    out(0x43, channel << 6);
    return in(0x40 + channel) | in(0x40 + channel) << 8;
  }

  /** Lets so many cycles of the input clock begin. */
  private void cycles(long n) {
    Oscillator o = new Oscillator(IntervalTimer.HERTZ);
    board.pass(o.time(o.cycles(board.clock.now()) + n) - board.clock.now());
  }

  @Test
  void mode2GivesItsRateWithoutDriftForAnHour() {
    program(0, 2, 11932);

    board.pass(3600 * SECOND);

    assertThat(edges).isEqualTo((int) ((3600L * IntervalTimer.HERTZ - 1) / 11932));
  }

  @Test
  void mode3GivesTheSameRateAndASquareWave() {
    program(0, 3, 1000);
    program(2, 3, 1000);
    out(0x61, 1);
    cycles(1 + 499);
    assertThat(in(0x61) & 0x20).isEqualTo(0x20);

    cycles(1);
    assertThat(in(0x61) & 0x20).isZero();
    board.pass(SECOND);

    assertThat(edges).isEqualTo(1193);
  }

  @Test
  void countZeroIsTheLongest() {
    program(0, 2, 0);

    board.pass(SECOND);

    assertThat(edges).isEqualTo(18);
  }

  @Test
  void mode0InterruptsOnce() {
    program(0, 0, 100);
    assertThat(line).isFalse();
    cycles(100);
    assertThat(edges).isZero();

    cycles(1);

    assertThat(edges).isEqualTo(1);
    cycles(1_000_000);
    assertThat(edges).isEqualTo(1);
    assertThat(line).isTrue();
  }

  @Test
  void aNewCountRestartsMode0() {
    program(0, 0, 100);
    cycles(90);

    out(0x40, 50);
    out(0x40, 0);
    cycles(50);
    assertThat(edges).isZero();
    cycles(1);

    assertThat(edges).isEqualTo(1);
  }

  @Test
  void aNewCountInMode2TakesEffectAtTheEndOfThePeriod() {
    program(0, 2, 100);
    cycles(1 + 50);

    out(0x40, 10);
    out(0x40, 0);
    cycles(49);
    assertThat(edges).isZero();
    cycles(1);
    assertThat(edges).isEqualTo(1);
    cycles(10);

    assertThat(edges).isEqualTo(2);
  }

  @Test
  void aLatchedCountIsTheOneOfThatMoment() {
    program(2, 0, 5000);
    out(0x61, 1);
    cycles(1);
    out(0x43, 0x80);
    int before = in(0x42);
    cycles(1000);

    assertThat(before | in(0x42) << 8).isBetween(4999, 5000);
    assertThat(count(2)).isBetween(3999, 4000);
  }

  @Test
  void lowByteThenHighByteOfAnUnlatchedCount() {
    program(0, 2, 0x1234);
    cycles(1);

    assertThat(in(0x40)).isEqualTo(0x34);
    assertThat(in(0x40)).isEqualTo(0x12);
  }

  @Test
  void readBackGivesStatusThenCount() {
    program(0, 2, 1000);
    out(0x43, 0xC0 | 0x02);
    assertThat(in(0x40)).as("output high, null count, two bytes, mode 2").isEqualTo(0xF4);
    in(0x40);
    in(0x40);

    cycles(1);
    out(0x43, 0xC0 | 0x02);

    assertThat(in(0x40)).isEqualTo(0xB4);
    assertThat(in(0x40) | in(0x40) << 8).isEqualTo(1000);
  }

  @Test
  void aSecondLatchBeforeTheReadIsIgnored() {
    program(0, 2, 1000);
    cycles(1);
    out(0x43, 0x00);
    cycles(10);

    assertThat(count(0)).isEqualTo(1000);
  }

  @Test
  void aClosedGateHoldsChannel2() {
    program(2, 0, 1000);
    cycles(500);
    assertThat(count(2)).isEqualTo(1000);

    out(0x61, 1);
    cycles(100);
    int open = count(2);
    out(0x61, 0);
    cycles(300);

    assertThat(open).isBetween(899, 901);
    assertThat(count(2)).isEqualTo(open);
  }

  @Test
  void mode1IsOneShotFromTheGate() {
    program(2, 1, 100);
    assertThat(in(0x61) & 0x20).isEqualTo(0x20);

    out(0x61, 1);
    cycles(1);
    assertThat(in(0x61) & 0x20).isZero();
    cycles(100);

    assertThat(in(0x61) & 0x20).isEqualTo(0x20);
  }

  @Test
  void mode4IsAStrobeOfOneCycle() {
    program(0, 4, 100);
    cycles(101);
    assertThat(edges).isZero();

    cycles(1);

    assertThat(edges).isEqualTo(1);
    cycles(100_000);
    assertThat(edges).isEqualTo(1);
  }

  @Test
  void countsMayBeDecimal() {
    out(0x43, 0x35);
    out(0x40, 0x00);
    out(0x40, 0x10);
    cycles(1 + 1);

    assertThat(in(0x40) | in(0x40) << 8).isEqualTo(0x0999);
  }

  @Test
  void aControlWordStopsTheInterrupts() {
    program(0, 2, 100);
    cycles(1000);
    edges = 0;

    out(0x43, 0x34);
    cycles(10_000);

    assertThat(edges).isZero();
    assertThat(board.events.size()).isZero();
  }
}
