// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class RealTimeClockTest {
  private static final long SECOND = 1_000_000_000L;

  private final Board board = new Board();
  private boolean line;
  private int edges;
  private final RealTimeClock rtc =
      new RealTimeClock(
          board.clock,
          board.events,
          high -> {
            edges += high && !line ? 1 : 0;
            line = high;
          },
          LocalDateTime.of(2026, 2, 28, 23, 59, 58).toEpochSecond(ZoneOffset.UTC));

  private int get(int register) {
    rtc.out(0, register);
    return rtc.in(1);
  }

  private void set(int register, int value) {
    rtc.out(0, register);
    rtc.out(1, value);
  }

  private String shown() {
    return String.format(
        "%02x%02x-%02x-%02x %02x:%02x:%02x day %d",
        get(0x32), get(9), get(8), get(7), get(4), get(2), get(0), get(6));
  }

  @Test
  void itStartsWhereItWasToldAndFollowsVirtualTime() {
    assertThat(shown()).isEqualTo("2026-02-28 23:59:58 day 7");

    board.pass(2 * SECOND);

    assertThat(shown()).isEqualTo("2026-03-01 00:00:00 day 1");
  }

  @Test
  void registersMayBeBinary() {
    set(11, 0x06);

    assertThat(get(4)).isEqualTo(23);
    assertThat(get(2)).isEqualTo(59);
    assertThat(get(9)).isEqualTo(26);
  }

  @Test
  void hoursMayBeTwelve() {
    set(11, 0x00);
    assertThat(get(4)).isEqualTo(0x91);

    board.pass(2 * SECOND);
    assertThat(get(4)).isEqualTo(0x12);
    board.pass(12 * 3600 * SECOND);
    assertThat(get(4)).isEqualTo(0x92);
  }

  @Test
  void theSetBitStopsTheClockAndClearingItStartsItFromTheRegisters() {
    set(11, 0x82);
    set(9, 0x99);
    set(8, 0x12);
    set(7, 0x31);
    set(4, 0x12);
    board.pass(10 * SECOND);
    assertThat(shown()).isEqualTo("2099-12-31 12:59:58 day 7");

    set(11, 0x02);
    board.pass(2 * SECOND);

    assertThat(shown()).isEqualTo("2099-12-31 13:00:00 day 5");
  }

  @Test
  void updateInProgressWarnsOfTheChange() {
    board.pass(SECOND - 3_000_000);
    assertThat(get(10) & 0x80).isZero();

    board.pass(1_000_000);

    assertThat(get(10) & 0x80).isEqualTo(0x80);
    board.pass(2_000_000);
    assertThat(get(10) & 0x80).isZero();
  }

  @Test
  void thePeriodicInterruptHasItsRateIfItsFlagIsRead() {
    set(11, 0x42);
    int interrupts = 0;
    for (int i = 0; i < 4000; i++) {
      board.pass(SECOND / 4000);
      if (line) {
        assertThat(get(12)).isEqualTo(i == 3999 ? 0xD0 : 0xC0);
        interrupts++;
      }
    }

    assertThat(interrupts).isEqualTo(1024);
  }

  @Test
  void anUnreadFlagHoldsTheLineAndCostsNoEvents() {
    set(11, 0x42);

    board.pass(10 * SECOND);

    assertThat(edges).isEqualTo(1);
    assertThat(line).isTrue();
    assertThat(board.events.size()).isZero();
    assertThat(get(12) & 0x80).isEqualTo(0x80);
    assertThat(line).isFalse();
    assertThat(get(12)).isZero();
  }

  @Test
  void theUpdateInterruptComesEachSecond() {
    set(11, 0x12);
    for (int i = 0; i < 5; i++) {
      board.pass(SECOND);
      assertThat(get(12) & 0x90).isEqualTo(0x90);
    }

    assertThat(edges).isEqualTo(5);
  }

  @Test
  void flagsAreSetEvenIfNobodyWantsTheirInterrupt() {
    board.pass(SECOND);

    assertThat(get(12)).isEqualTo(0x50);
    assertThat(edges).isZero();
  }

  @Test
  void theAlarmComesAtItsTime() {
    set(1, 0x30);
    set(3, 0x01);
    set(5, 0x00);
    set(11, 0x22);

    board.pass(91 * SECOND);
    assertThat(line).isFalse();
    board.pass(SECOND);

    assertThat(line).isTrue();
    assertThat(get(12) & 0xA0).isEqualTo(0xA0);
    assertThat(shown()).startsWith("2026-03-01 00:01:30");
  }

  @Test
  void anAlarmOfDontCaresComesEachSecond() {
    set(1, 0xFF);
    set(3, 0xC0);
    set(5, 0xFF);
    set(11, 0x22);
    for (int i = 0; i < 3; i++) {
      board.pass(SECOND);
      assertThat(get(12) & 0x20).isEqualTo(0x20);
    }

    assertThat(edges).isEqualTo(3);
  }

  @Test
  void anAlarmThatNoTimeMatchesNeverComes() {
    set(5, 0x77);
    set(11, 0x22);

    board.pass(3 * 86_400 * SECOND);

    assertThat(edges).isZero();
  }

  @Test
  void theRamKeepsWhatItIsGiven() {
    for (int i = 14; i < 128; i++) {
      if (i != RealTimeClock.CENTURY) {
        set(i, i ^ 0x55);
      }
    }
    board.pass(100 * SECOND);

    for (int i = 14; i < 128; i++) {
      assertThat(get(i)).isEqualTo(i == RealTimeClock.CENTURY ? 0x20 : i ^ 0x55);
    }
    assertThat(get(13)).isEqualTo(0x80);
  }

  @Test
  void anyValuesInTheTimeRegistersAreTaken() {
    set(11, 0x82);
    for (int i = 0; i < 10; i++) {
      set(i, 0xFF);
    }
    set(0x32, 0xFF);
    set(11, 0x02);
    board.pass(SECOND);

    assertThat(get(0)).isBetween(0, 0x59);
  }
}
