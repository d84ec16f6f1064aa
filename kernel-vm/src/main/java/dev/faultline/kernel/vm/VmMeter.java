// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** The values of the {@link Counter}s, and the sizes of things right now. */
@SuppressWarnings("EnumOrdinal") // the ordinal is nothing but the place in the array
public final class VmMeter {
  private static final Counter[] COUNTERS = Counter.values();

  private final long[] values = new long[COUNTERS.length];

  VmMeter() {}

  /** Adds one. */
  public void increment(Counter counter) {
    values[counter.ordinal()]++;
  }

  /** Adds {@code n}. */
  public void add(Counter counter, long n) {
    values[counter.ordinal()] += n;
  }

  /** The value of one counter. */
  public long get(Counter counter) {
    return values[counter.ordinal()];
  }
}
