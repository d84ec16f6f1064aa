// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.function.ObjLongConsumer;

/** The values of the {@link Counter}s. */
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

  /** Tells every counter by its name, in the order of {@link Counter}. */
  public void report(ObjLongConsumer<String> to) {
    for (Counter counter : COUNTERS) {
      to.accept(counter.label(), get(counter));
    }
  }

  /** The value of one counter. */
  public long get(Counter counter) {
    return values[counter.ordinal()];
  }
}
