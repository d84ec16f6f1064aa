// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many million guest instructions a second does the interpreter execute? The score's unit is
 * operations per microsecond, that is guest MIPS. A good answer is what an optimised C++
 * interpreter (Bochs) reaches on the same machine: 160 to 430.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class InterpreterBenchmark {
  private static final int INSTRUCTIONS = 10_000_000;

  /** The guest program. */
  @Param({"sieve", "sha256", "bytecode", "qsort", "string", "recursion", "bignum"})
  @SuppressWarnings("NullAway.Init") // set by JMH
  public String kernel;

  @SuppressWarnings("NullAway.Init") // set by JMH
  private GuestKernel guest;

  /** Loads the program. */
  @Setup
  public void load() throws IOException {
    guest = new GuestKernel(kernel);
  }

  /** Ten million instructions. */
  @Benchmark
  @OperationsPerInvocation(INSTRUCTIONS)
  public int run() {
    guest.run(INSTRUCTIONS);
    return guest.checksum();
  }
}
