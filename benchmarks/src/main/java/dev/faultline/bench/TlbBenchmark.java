// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.Tlb;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What does a guest access cost, above a plain array access? A hit should cost about a nanosecond,
 * a miss (walk of two levels, fill) some ten to thirty, and neither may allocate.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TlbBenchmark {
  private static final int BASE = 0x1000_0000;
  private static final int HIT_PAGES = 64;

  /** More than the TLB has entries, so that a sequential sweep misses each time. */
  private static final int MISS_PAGES = 2 * Tlb.DEFAULT_SIZE;

  private Mmu mmu;
  private byte[] array;

  /** Maps {@link #MISS_PAGES} pages at {@link #BASE}. */
  @Setup
  public void map() {
    PhysicalMemory memory = new PhysicalMemory(16 << 20);
    mmu = new Mmu(new PhysicalBus(memory), Tlb.DEFAULT_SIZE);
    int directory = 0x1000;
    int rights = PageTableEntry.PRESENT | PageTableEntry.WRITABLE | PageTableEntry.USER;
    for (int i = 0; i < MISS_PAGES; i++) {
      int va = BASE + (i << Page.SHIFT);
      int pde = (0x2000 + (i >>> 10 << Page.SHIFT)) | rights;
      memory.write32(PageTableEntry.directoryEntryAddress(directory, va), pde);
      memory.write32(
          PageTableEntry.tableEntryAddress(pde, va), (0x10_0000 + (i << Page.SHIFT)) | rights);
    }
    mmu.loadCr3(directory);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_WP | ControlRegisters.CR0_PG);
    array = new byte[HIT_PAGES << Page.SHIFT];
  }

  /** The yardstick: the same reads from a plain array. */
  @Benchmark
  @OperationsPerInvocation(HIT_PAGES)
  public int plainArray() {
    int sum = 0;
    for (int i = 0; i < HIT_PAGES; i++) {
      sum += (int) PhysicalMemory.INT.get(array, (i << Page.SHIFT) + 64);
    }
    return sum;
  }

  /** Reads that hit. */
  @Benchmark
  @OperationsPerInvocation(HIT_PAGES)
  public int hit() {
    int sum = 0;
    for (int i = 0; i < HIT_PAGES; i++) {
      sum += mmu.read32(BASE + (i << Page.SHIFT) + 64);
    }
    return sum;
  }

  /** Reads that all miss, walk and fill. */
  @Benchmark
  @OperationsPerInvocation(MISS_PAGES)
  public int miss() {
    int sum = 0;
    for (int i = 0; i < MISS_PAGES; i++) {
      sum += mmu.read32(BASE + (i << Page.SHIFT) + 64);
    }
    return sum;
  }
}
