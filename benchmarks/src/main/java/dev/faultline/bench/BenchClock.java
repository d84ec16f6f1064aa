// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.cpu.Cpu;
import dev.faultline.devices.EventQueue;
import dev.faultline.devices.VirtualClock;
import dev.faultline.kernel.io.InterruptDispatcher;
import dev.faultline.kernel.sched.InstructionClock;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time of a machine that is measured: it moves with the guest's instructions, and when
 * every thread sleeps to the next event.
 */
final class BenchClock implements TimeBase, InstructionClock {
  static final int NANOS_PER_INSTRUCTION = 4;

  private static final long MAX_RUN = 500_000;

  private final VirtualClock clock;
  private final EventQueue events;
  private @Nullable InterruptDispatcher interrupts;
  private @Nullable Cpu running;
  private long accounted;

  BenchClock(VirtualClock clock, EventQueue events) {
    this.clock = clock;
    this.events = events;
  }

  void setInterrupts(InterruptDispatcher dispatcher) {
    interrupts = dispatcher;
  }

  /** A guest thread, or null for a kernel thread, gets the processor. */
  void switchTo(@Nullable Cpu cpu) {
    account();
    running = cpu;
    accounted = cpu == null ? 0 : cpu.retired();
  }

  private void account() {
    Cpu cpu = running;
    if (cpu != null) {
      long retired = cpu.retired();
      clock.advance((retired - accounted) * NANOS_PER_INSTRUCTION);
      accounted = retired;
    }
  }

  private boolean takeWhatIsDue() {
    boolean any = events.runDue(clock.now());
    return interrupts != null && interrupts.dispatch() || any;
  }

  @Override
  public long now() {
    account();
    return clock.now();
  }

  @Override
  public boolean idle(long deadline) {
    if (takeWhatIsDue()) {
      return true;
    }
    long next = Math.min(deadline, events.nextTime());
    if (next == Scheduler.NO_DEADLINE) {
      return false;
    }
    clock.advanceTo(next);
    takeWhatIsDue();
    return true;
  }

  @Override
  public long budget() {
    account();
    long n = (events.nextTime() - clock.now()) / NANOS_PER_INSTRUCTION;
    return Math.clamp(n, 1, MAX_RUN);
  }

  @Override
  public boolean atBoundary() {
    account();
    takeWhatIsDue();
    return true;
  }

  @Override
  public void charge(long nanoseconds) {
    clock.advance(nanoseconds);
  }
}
