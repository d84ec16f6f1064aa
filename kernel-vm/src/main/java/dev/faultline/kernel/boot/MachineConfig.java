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
 * @param paranoid whether all invariants are checked after each system call, at a higher price
 */
record MachineConfig(
    int ramSize,
    long seed,
    long epoch,
    boolean followsHost,
    long virtualLimit,
    boolean countTlbHits,
    boolean paranoid) {
  private static final double NANOS = 1e9;

  /** What the options say; {@code clock} is used where they say nothing about the clock. */
  static MachineConfig of(MachineOptions options, MachineOptions.ClockKind clock) {
    boolean real = options.clock(clock) == MachineOptions.ClockKind.REAL;
    long now = real ? System.currentTimeMillis() / 1000 : MachineOptions.DEFAULT_EPOCH;
    Double limit = options.virtualTimeout();
    return new MachineConfig(
        options.ramSize(),
        options.seed(),
        options.epoch(now),
        real,
        limit == null ? Long.MAX_VALUE : (long) (limit * NANOS),
        options.tlbStats(),
        options.paranoid());
  }
}
