// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does a fork cost for each resident page of the parent, the end of the child included? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ForkBenchmark {
  private static final int PAGES = 16_384;

  private final VmMachine machine = new VmMachine(128 << 20);

  /** A parent with all its pages in memory. */
  @Setup
  public void fill() {
    machine.execute(
        () -> {
          machine.mapFresh(PAGES);
          machine.touch(PAGES);
        });
  }

  /** A child comes and goes. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void fork() {
    machine.execute(() -> machine.fork().release());
  }
}
