// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.kernel.vm.VmOptions;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.Tlb;
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
 * VmFault}, page-table entry, second walk, TLB fill? The yardstick is {@link #pageFill}, one frame
 * zeroed. A zero-fill fault should cost at most three of it, the zeroing included; a soft fault
 * (the page is resident, only not mapped) at most one; neither may allocate.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FaultBenchmark {
  private static final int BASE = 0x1000_0000;
  private static final int PAGES = 2048;
  private static final int BYTES = PAGES << Page.SHIFT;

  private PhysicalMemory memory;
  private Mmu mmu;
  private Scheduler scheduler;
  private @Nullable VmSpace space;
  private boolean filled;

  /** Boots a virtual-memory system with one address space. */
  @Setup
  public void boot() {
    memory = new PhysicalMemory(64 << 20);
    mmu = new Mmu(new PhysicalBus(memory), Tlb.DEFAULT_SIZE);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_WP | ControlRegisters.CR0_PG);
    TimeBase time = new NoTime();
    scheduler = new Scheduler(time, 16);
    VmSystem vm = new VmSystem(memory, scheduler, time, VmOptions.defaults());
    vm.addCpu(mmu);
    mmu.setPageFaultHandler((va, error) -> space().fault(va, error, true).ok());
    scheduler.execute(
        "boot",
        () -> {
          vm.start();
          space = VmSpace.create(vm, new BenchProcess());
          space().activate(mmu);
        });
  }

  private VmSpace space() {
    if (space == null) {
      throw new KernelPanic("no address space");
    }
    return space;
  }

  /** Makes the mapping what the benchmark wants: untouched, or resident but not mapped. */
  @Setup(Level.Invocation)
  public void prepare(BenchmarkParams params) {
    String name = params.getBenchmark();
    if (name.endsWith("zeroFill")) {
      scheduler.execute("map", this::mapFresh);
    } else if (name.endsWith("soft")) {
      scheduler.execute("unmap", this::unmap);
    }
  }

  private void unmap() {
    if (!filled) {
      mapFresh();
      touch();
      filled = true;
    }
    space().pmap().remove(BASE, BASE + BYTES);
  }

  private void mapFresh() {
    space().unmap(BASE, BYTES);
    int rights = Protection.READ | Protection.WRITE;
    if (!space().mapAnonymous(BASE, BYTES, rights, rights, false, true).code().ok()) {
      throw new KernelPanic("cannot map");
    }
  }

  private void touch() {
    for (int i = 0; i < PAGES; i++) {
      mmu.write32(BASE + (i << Page.SHIFT), i);
    }
  }

  /** The yardstick: frames zeroed, one after the other. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void pageFill() {
    for (int i = 0; i < PAGES; i++) {
      memory.fillFrame(8192 + i, 0);
    }
  }

  /** Stores to pages that were never touched. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void zeroFill() {
    scheduler.execute("touch", this::touch);
  }

  /** Stores to resident pages that are not mapped; prefaulted neighbours are counted as pages. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void soft() {
    scheduler.execute("touch", this::touch);
  }
}
