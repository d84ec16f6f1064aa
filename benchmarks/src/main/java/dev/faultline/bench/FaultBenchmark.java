// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.kernel.vm.MoveChain;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * What does a minor fault cost, from the guest's access to its next instruction: miss, walk, {@code
 * VmFault}, page-table entry, second walk, TLB fill? The yardstick is {@link #pageFill}; {@link
 * FaultYardstick} says how many of it each may cost. None may allocate.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FaultBenchmark {
  private static final int RAM = 64 << 20;
  private static final int PAGES = 2048;
  private static final int FILLED = RAM >>> Page.SHIFT;

  private final VmMachine machine = new VmMachine(RAM);
  private final byte[] pages = new byte[RAM];
  private boolean resident;
  private @Nullable VmSpace parent;
  private @Nullable MoveChain chain;

  /** Makes the mapping what the benchmark wants. */
  @Setup(Level.Invocation)
  public void prepare(BenchmarkParams params) {
    String full = params.getBenchmark();
    machine.execute(
        switch (full.substring(full.lastIndexOf('.') + 1)) {
          case "zeroFill" -> () -> machine.mapFresh(PAGES);
          case "soft" -> this::residentNotMapped;
          case "cowCopy" -> this::shared;
          case "cowMove" -> this::below;
          default -> () -> {};
        });
  }

  private void residentNotMapped() {
    if (!resident) {
      fresh();
    }
    machine.forgetEntries(PAGES);
  }

  private void fresh() {
    machine.mapFresh(PAGES);
    machine.touch(PAGES);
    resident = true;
  }

  /** The parent lives and shares every page with the child that will write. */
  private void shared() {
    if (parent == null) {
      fresh();
      parent = machine.space();
    } else {
      VmSpace child = machine.space();
      machine.enter(parent);
      child.release();
    }
    machine.enter(machine.fork());
  }

  /** All pages lie in an object that only this address space's object shadows (F75). */
  private void below() {
    if (chain == null) {
      chain = machine.mapMoveChain(PAGES);
    } else {
      chain.reset();
    }
  }

  /** The yardstick: a page zeroed, one after the other in an array of 64 MiB: cold. */
  @Benchmark
  @OperationsPerInvocation(FILLED)
  public void pageFill() {
    for (int i = 0; i < FILLED; i++) {
      Arrays.fill(pages, i << Page.SHIFT, i + 1 << Page.SHIFT, (byte) 0);
    }
  }

  /** Stores to pages that were never touched. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void zeroFill() {
    machine.execute(() -> machine.touch(PAGES));
  }

  /** Stores to resident pages that are not mapped; prefaulted neighbours are counted as pages. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void soft() {
    machine.execute(() -> machine.touch(PAGES));
  }

  /** Stores of a child to pages that its parent has too: each is copied. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void cowCopy() {
    machine.execute(() -> machine.touch(PAGES));
  }

  /** Write faults of which each moves its page up and copies nothing, without the MMU around. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void cowMove() {
    MoveChain moves = chain;
    if (moves != null) {
      machine.execute(moves::faultAll);
    }
  }
}
