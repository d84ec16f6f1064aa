// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

/**
 * The inputs of a machine that are not files.
 *
 * @param ramSize in bytes
 * @param seed of every chance
 * @param epoch where the wall clock starts, in seconds since 1970
 * @param followsHost true if idle time passes as the host's does
 * @param virtualLimit virtual nanoseconds after which the machine ends; {@link Long#MAX_VALUE} for
 *     none
 * @param countTlbHits whether TLB hits are counted, at a price
 */
record MachineConfig(
    int ramSize,
    long seed,
    long epoch,
    boolean followsHost,
    long virtualLimit,
    boolean countTlbHits) {
  private static final double NANOS = 1e9;

  /** What the options say; {@code clock} is used where they say nothing about the clock. */
  static MachineConfig of(MachineOptions options, MachineOptions.ClockKind clock) {
    options.check();
    MachineOptions.ClockKind chosen = options.clock == null ? clock : options.clock;
    boolean real = chosen == MachineOptions.ClockKind.REAL;
    long now = real ? System.currentTimeMillis() / 1000 : MachineOptions.DEFAULT_EPOCH;
    return new MachineConfig(
        (int) options.ram.bytes(),
        options.seed,
        options.epoch == null ? now : options.epoch,
        real,
        options.virtualTimeout == null ? Long.MAX_VALUE : (long) (options.virtualTimeout * NANOS),
        options.tlbStats);
  }
}
