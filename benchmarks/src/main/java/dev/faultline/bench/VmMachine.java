// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.kernel.vm.MoveChain;
import dev.faultline.kernel.vm.VmOptions;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.Tlb;
import org.jspecify.annotations.Nullable;

/** An MMU and a virtual-memory system under it, with one address space active, and no processor. */
final class VmMachine {
  private static final int BASE = 0x1000_0000;

  private final PhysicalMemory memory;
  private final Mmu mmu;
  private final Scheduler scheduler;
  private final VmSystem vm;
  private @Nullable VmSpace space;

  /** A machine that has booted, with an empty address space. */
  VmMachine(int ramSize) {
    memory = new PhysicalMemory(ramSize);
    mmu = new Mmu(new PhysicalBus(memory), Tlb.DEFAULT_SIZE);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_WP | ControlRegisters.CR0_PG);
    TimeBase time = new NoTime();
    scheduler = new Scheduler(time, 16);
    vm = new VmSystem(memory, scheduler, time, VmOptions.defaults());
    vm.addCpu(mmu);
    mmu.setPageFaultHandler((va, error) -> space().fault(va, error, true).ok());
    scheduler.execute(
        "boot",
        () -> {
          vm.start();
          enter(VmSpace.create(vm, new BenchProcess()));
        });
  }

  /** Runs kernel work to its end. */
  void execute(Runnable work) {
    scheduler.execute("work", work);
  }

  VmSpace space() {
    if (space == null) {
      throw new KernelPanic("no address space");
    }
    return space;
  }

  /** Makes another address space the active one. */
  void enter(@Nullable VmSpace next) {
    if (next == null) {
      throw new KernelPanic("memory does not suffice for an address space");
    }
    space = next;
    next.activate(mmu);
  }

  /** A copy of the active address space, which stays active. */
  VmSpace fork() {
    VmSpace child = space().fork(new BenchProcess());
    if (child == null) {
      throw new KernelPanic("memory does not suffice for a fork");
    }
    return child;
  }

  /** Replaces what is mapped by pages that were never touched. */
  void mapFresh(int pages) {
    int rights = Protection.READ | Protection.WRITE;
    space().unmap(BASE, pages << Page.SHIFT);
    if (!space().mapAnonymous(BASE, pages << Page.SHIFT, rights, rights, false, true).code().ok()) {
      throw new KernelPanic("cannot map");
    }
  }

  /** Replaces what is mapped by pages that each fault moves up. */
  MoveChain mapMoveChain(int pages) {
    space().unmap(BASE, pages << Page.SHIFT);
    return new MoveChain(vm, space(), BASE, pages);
  }

  /** Takes the page-table entries away; the pages stay resident. */
  void forgetEntries(int pages) {
    int first = Page.number(BASE);
    space().pmap().remove(first, first + pages);
  }

  /** Stores to every page, as a guest's instructions do. */
  void touch(int pages) {
    for (int i = 0; i < pages; i++) {
      mmu.write32(BASE + (i << Page.SHIFT), i);
    }
  }
}
