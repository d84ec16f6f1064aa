// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.procfs.SystemState;
import dev.faultline.kernel.pager.SwapArea;
import dev.faultline.kernel.pager.SwapDisks;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.MemoryState;
import dev.faultline.kernel.vm.PageCensus;
import dev.faultline.kernel.vm.VmSystem;
import java.util.List;
import java.util.function.ObjLongConsumer;

/** The numbers of the whole machine, for /proc. */
final class MachineState implements SystemState {
  private static final long NANOS_PER_TICK = 10_000_000;
  private static final int MAX_PID = 32_768;

  private final MachineClock clock;
  private final Scheduler scheduler;
  private final VmSystem vm;
  private final SwapDisks swap;
  private final ProcessSystem processes;

  MachineState(
      MachineClock clock,
      Scheduler scheduler,
      VmSystem vm,
      SwapDisks swap,
      ProcessSystem processes) {
    this.clock = clock;
    this.scheduler = scheduler;
    this.vm = vm;
    this.swap = swap;
    this.processes = processes;
  }

  @Override
  public long uptime() {
    return clock.now();
  }

  @Override
  public long userTicks() {
    return clock.instructions() * MachineClock.NANOS_PER_INSTRUCTION / NANOS_PER_TICK;
  }

  @Override
  public long systemTicks() {
    return clock.charged() / NANOS_PER_TICK;
  }

  @Override
  public long idleTicks() {
    return Math.max(0, clock.now() / NANOS_PER_TICK - userTicks() - systemTicks());
  }

  @Override
  public int cpus() {
    return 1;
  }

  @Override
  public long contextSwitches() {
    return scheduler.switches();
  }

  @Override
  public long forks() {
    return processes.table().created();
  }

  @Override
  public int lastPid() {
    return processes.table().lastPid();
  }

  @Override
  public int runnable() {
    return scheduler.runnable() + 1;
  }

  @Override
  public int threads() {
    return scheduler.runnable() + scheduler.sleeping() + 1;
  }

  @Override
  public int[] loadAverages() {
    // Runnable threads now, in place of their mean over the past: a mean would need a clock tick.
    int now = 100 * scheduler.runnable();
    return new int[] {now, now, now};
  }

  @Override
  public String release() {
    return "5.10.0";
  }

  @Override
  public int maxPid() {
    return MAX_PID;
  }

  @Override
  public Memory memory() {
    MemoryState m = vm.state();
    PageCensus c = vm.census();
    return new Memory(
        m.frames(),
        m.free(),
        m.free() + c.idleFile(),
        c.file(),
        m.active(),
        m.inactive(),
        m.wired(),
        c.dirtyFile(),
        c.anonymous(),
        c.mapped(),
        c.tables(),
        m.swapTotal(),
        m.swapFree());
  }

  @Override
  public List<SwapArea> swaps() {
    return swap.areas();
  }

  @Override
  public void counters(ObjLongConsumer<String> to) {
    vm.report(to);
  }
}
