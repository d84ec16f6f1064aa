// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.Advice;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
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
 * What does a fault cost that reads one page from a disk: miss, walk, {@code VmFault}, pager, block
 * map, request, ring, device, interrupt, page-table entry? The disk is memory and takes no virtual
 * time, so that all but the copy of the page, {@link #pageCopy}, is overhead: it shall stay under
 * five microseconds, and allocate nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MajorFaultBenchmark {
  private static final int RAM = 64 << 20;
  private static final int PAGES = 2048;
  private static final int BYTES = PAGES << Page.SHIFT;
  private static final int BASE = 0x1000_0000;
  private static final int CREATED = 0x1A4;

  private final byte[] source = randomBytes();
  private final byte[] target = new byte[BYTES];
  private final int[] order = randomOrder();
  private final StorageMachine machine = new StorageMachine(RAM);
  private @Nullable VmSpace space;
  private @Nullable VmObject object;

  /** Maps a file, or memory that is on swap. */
  @Setup(Level.Trial)
  public void map(BenchmarkParams params) {
    String full = params.getBenchmark();
    String name = full.substring(full.lastIndexOf('.') + 1);
    machine.cpu.mmu().setPageFaultHandler((va, error) -> space().fault(va, error, true).ok());
    machine.scheduler.execute(
        "boot",
        () -> {
          machine.vm.start();
          space = VmSpace.create(machine.vm, new BenchProcess());
          space().activate(machine.cpu.mmu());
          if (name.equals("filePage")) {
            object = file();
            map(object);
          } else if (name.equals("swapIn")) {
            machine.addSwap();
            object = VmObject.anonymous(machine.vm, PAGES);
            map(object);
            swapOut();
          }
        });
  }

  private static int[] randomOrder() {
    List<Integer> pages = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      pages.add(i);
    }
    Collections.shuffle(pages, new Random(1));
    return pages.stream().mapToInt(Integer::intValue).toArray();
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private VmSpace space() {
    if (space == null) {
      throw new KernelPanic("no address space");
    }
    return space;
  }

  private void map(VmObject o) {
    int rights = Protection.READ | Protection.WRITE;
    o.reference();
    space().mapObject(BASE, BYTES, rights, rights, true, o, 0, true, 0);
    space().advise(BASE, BYTES, Advice.RANDOM);
  }

  private VmObject file() {
    Vnode file = machine.mountExt2().root().create("file", FileType.REG, CREATED, 0, 0, 0).value();
    file.hold();
    file.lock().lockExclusive();
    if (file.write(0, source, 0, BYTES) != BYTES) {
      throw new KernelPanic("cannot write the file");
    }
    file.lock().unlock();
    file.sync();
    VmObject pages = file.object();
    if (pages == null) {
      throw new KernelPanic("no pages");
    }
    return pages;
  }

  /** Stores to all pages, and then to so many others that the page daemon writes them out. */
  private void swapOut() {
    Mmu mmu = machine.cpu.mmu();
    for (int i = 0; i < PAGES; i++) {
      mmu.write32(BASE + (i << Page.SHIFT), i);
    }
    int rights = Protection.READ | Protection.WRITE;
    int other = BASE + BYTES;
    space().mapAnonymous(other, RAM, rights, rights, false, true);
    for (int at = other; at < other + RAM; at += Page.SIZE) {
      mmu.write32(at, at);
    }
    space().unmap(other, RAM);
    touch();
  }

  /** Loses the pages; what they held is on the disk. */
  @Setup(Level.Invocation)
  public void drop() {
    VmObject o = object;
    if (o != null) {
      machine.scheduler.execute("drop", () -> o.removePages(0, 0, true));
      if (o.residentPages() != 0) {
        throw new KernelPanic(o.residentPages() + " pages stay");
      }
    }
  }

  private void touch() {
    Mmu mmu = machine.cpu.mmu();
    for (int i : order) {
      mmu.read32(BASE + (i << Page.SHIFT));
    }
  }

  /** The yardstick: one page copied. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public byte[] pageCopy() {
    for (int i = 0; i < BYTES; i += Page.SIZE) {
      System.arraycopy(source, i, target, i, Page.SIZE);
    }
    return target;
  }

  /** Loads from pages of a file on ext2 that are not in memory, in a random order. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void filePage() {
    machine.scheduler.execute("touch", this::touch);
  }

  /** Loads from pages that are on swap, in a random order. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public void swapIn() {
    machine.scheduler.execute("touch", this::touch);
  }
}
