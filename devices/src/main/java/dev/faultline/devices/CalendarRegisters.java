// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * The time registers of an MC146818, with a PC's century byte, and how they are written: binary or
 * BCD, 12 or 24 hours. Register B's bits DM and 24/12 say which.
 */
final class CalendarRegisters {
  private static final int SECONDS = 0;
  private static final int MINUTES = 2;
  private static final int HOURS = 4;
  private static final int DAY_OF_WEEK = 6;
  private static final int DAY = 7;
  private static final int MONTH = 8;
  private static final int YEAR = 9;

  private static final int B_BINARY = 0x04;
  private static final int B_24_HOURS = 0x02;
  private static final int PM = 0x80;
  private static final int DONT_CARE = 0xC0;

  private final int[] ram;

  CalendarRegisters(int[] ram) {
    this.ram = ram;
  }

  /** True for a register that holds time, false for alarms, control and RAM. */
  static boolean isTime(int register) {
    return register <= YEAR && register != 1 && register != 3 && register != 5
        || register == RealTimeClock.CENTURY;
  }

  /** Fills the registers with a time in seconds since 1970. */
  void show(long time, int registerB) {
    LocalDateTime t = LocalDateTime.ofEpochSecond(time, 0, ZoneOffset.UTC);
    ram[SECONDS] = encode(t.getSecond(), registerB);
    ram[MINUTES] = encode(t.getMinute(), registerB);
    ram[HOURS] = encodeHour(t.getHour(), registerB);
    ram[DAY_OF_WEEK] = t.getDayOfWeek().getValue() % 7 + 1;
    ram[DAY] = encode(t.getDayOfMonth(), registerB);
    ram[MONTH] = encode(t.getMonthValue(), registerB);
    ram[YEAR] = encode(Math.floorMod(t.getYear(), 100), registerB);
    ram[RealTimeClock.CENTURY] = toBcd(Math.floorMod(t.getYear() / 100, 100));
  }

  /** What the registers say, in seconds since 1970; a day that no month has is carried over. */
  long read(int registerB) {
    int year = fromBcd(ram[RealTimeClock.CENTURY]) * 100 + decode(ram[YEAR], registerB);
    return LocalDateTime.of(year, 1, 1, 0, 0)
        .plusMonths(decode(ram[MONTH], registerB) - 1L)
        .plusDays(decode(ram[DAY], registerB) - 1L)
        .plusHours(decodeHour(ram[HOURS], registerB))
        .plusMinutes(decode(ram[MINUTES], registerB))
        .plusSeconds(decode(ram[SECONDS], registerB))
        .toEpochSecond(ZoneOffset.UTC);
  }

  /** The value of an alarm register; -1 if it matches everything. */
  int alarm(int value, boolean isHour, int registerB) {
    if ((value & DONT_CARE) == DONT_CARE) {
      return -1;
    }
    return isHour ? decodeHour(value, registerB) : decode(value, registerB);
  }

  private static int encodeHour(int hour, int registerB) {
    if ((registerB & B_24_HOURS) != 0) {
      return encode(hour, registerB);
    }
    return encode((hour + 11) % 12 + 1, registerB) | (hour >= 12 ? PM : 0);
  }

  private static int decodeHour(int value, int registerB) {
    if ((registerB & B_24_HOURS) != 0) {
      return decode(value, registerB);
    }
    return decode(value & ~PM, registerB) % 12 + ((value & PM) != 0 ? 12 : 0);
  }

  private static int encode(int value, int registerB) {
    return (registerB & B_BINARY) != 0 ? value : toBcd(value);
  }

  private static int decode(int value, int registerB) {
    return (registerB & B_BINARY) != 0 ? value : fromBcd(value);
  }

  private static int toBcd(int value) {
    return value / 10 << 4 | value % 10;
  }

  private static int fromBcd(int value) {
    return (value >> 4) * 10 + (value & 15);
  }
}
