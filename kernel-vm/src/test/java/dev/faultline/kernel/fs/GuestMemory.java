// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.vm.FaultResult;
import dev.faultline.kernel.vm.MapResult;
import dev.faultline.kernel.vm.ProcessThread;
import dev.faultline.kernel.vm.ProcessView;
import dev.faultline.kernel.vm.UserMemory;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.RefusedPageFault;

/** Address spaces beside an {@link FsMachine}: threads load and store as guest code would. */
public final class GuestMemory {
  static final int RW = Protection.READ | Protection.WRITE;
  private static final int HINT = 0x2000_0000;

  private final FsMachine machine;
  private final Mmu mmu;
  public FaultResult lastRefusal = FaultResult.RESOLVED;

  /** A thread's address space. */
  private record Guest(VmSpace space) implements ProcessThread {
    @Override
    public ProcessView process() {
      ProcessView process = space.process();
      if (process == null) {
        throw new IllegalStateException("the space has no process any more");
      }
      return process;
    }
  }

  /** Makes a CPU for the machine. */
  public GuestMemory(FsMachine machine) {
    this.machine = machine;
    mmu = new Mmu(new PhysicalBus(machine.vm.memory()), 64);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG | ControlRegisters.CR0_WP);
    machine.vm.addCpu(mmu);
    mmu.setPageFaultHandler(this::handle);
    machine.scheduler.setSwitchListener(
        to -> {
          if (to.owner() instanceof Guest g && g.space.process() != null) {
            g.space.activate(mmu);
          }
          mmu.voidTranslations();
        });
  }

  private boolean handle(int va, int errorCode) {
    if (!(machine.scheduler.current().owner() instanceof Guest g)) {
      throw new IllegalStateException("a fault in a thread without address space");
    }
    FaultResult result = g.space.fault(va, errorCode, true);
    if (!result.ok()) {
      lastRefusal = result;
    }
    return result.ok();
  }

  /** A new address space. */
  public VmSpace space() {
    VmSpace space = VmSpace.create(machine.vm, new QuietProcess());
    if (space == null) {
      throw new AssertionError("no memory for an address space");
    }
    return space;
  }

  /** Makes the running thread one of a space. */
  public void enter(VmSpace space) {
    machine.scheduler.current().setOwner(new Guest(space));
    space.activate(mmu);
  }

  /** Starts a thread in a space. */
  public KernelThread spawn(VmSpace space, String name, Runnable body) {
    KernelThread thread = machine.scheduler.spawn(name, body);
    thread.setOwner(new Guest(space));
    return thread;
  }

  /** Maps a file as mmap does. */
  public int map(VmSpace space, Vnode vnode, int pages, int protection, boolean shared) {
    VmObject object = vnode.object();
    if (object == null) {
      throw new AssertionError("cannot be mapped");
    }
    if (shared && (protection & Protection.WRITE) != 0) {
      assertThat(vnode.prepareSharedMapping()).isZero();
    }
    object.reference();
    MapResult result =
        space.mapObject(
            HINT, pages * Page.SIZE, protection, Protection.ALL, shared, object, 0, false, 0);
    assertThat(result.code().ok()).as("map").isTrue();
    return result.address();
  }

  /** User memory of whoever runs. */
  public UserMemory user() {
    return new UserMemory(mmu);
  }

  /** The byte at an address, or -1 if the access was refused. */
  public int load(VmSpace space, int va) {
    enter(space);
    try {
      return mmu.read8(va);
    } catch (RefusedPageFault refused) {
      return -1;
    }
  }

  /** Stores a byte; false if the access was refused. */
  public boolean store(VmSpace space, int va, int value) {
    enter(space);
    try {
      mmu.write8(va, value);
      return true;
    } catch (RefusedPageFault refused) {
      return false;
    }
  }

  /** A process of which nothing is asked. */
  private static final class QuietProcess implements ProcessView {
    @Override
    public int pid() {
      return 7;
    }

    @Override
    public String command() {
      return "test";
    }

    @Override
    public boolean isSystem() {
      return true;
    }

    @Override
    public boolean isAlive() {
      return true;
    }

    @Override
    public boolean killPending() {
      return false;
    }

    @Override
    public void kill() {
      throw new AssertionError("killed for its memory");
    }

    @Override
    public void countMinorFault() {}

    @Override
    public void countMajorFault() {}

    @Override
    public void countSwap() {}

    @Override
    public long sleepingSince() {
      return Long.MAX_VALUE;
    }

    @Override
    public long residentLimit() {
      return Long.MAX_VALUE;
    }

    @Override
    public long stackLimit() {
      return Long.MAX_VALUE;
    }

    @Override
    public long addressSpaceLimit() {
      return Long.MAX_VALUE;
    }

    @Override
    public long dataLimit() {
      return Long.MAX_VALUE;
    }
  }
}
