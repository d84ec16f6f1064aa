// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.cpu.Cpu;
import dev.faultline.devices.EventQueue;
import dev.faultline.devices.ExternalEvent;
import dev.faultline.devices.ExternalInput;
import dev.faultline.devices.VirtualClock;
import dev.faultline.kernel.sched.InstructionClock;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The only place where virtual time moves: with the instructions that guest threads retire, with
 * what kernel events cost, and, when every thread sleeps, to the next thing that will happen.
 *
 * <p>Device events, interrupts and what comes from outside are taken here, at an instruction
 * boundary or when the machine is idle, and nowhere else (design, section 5). With a real clock
 * idle time follows the host's; its readings come through the door for external events like
 * everything else.
 */
final class MachineClock implements TimeBase, InstructionClock {
  /** Virtual nanoseconds an instruction takes: a machine of 250 million instructions a second. */
  static final int NANOS_PER_INSTRUCTION = 4;

  /** How long a thread runs while others wait, in virtual nanoseconds. */
  private static final long TIME_SLICE = 10_000_000;

  /** What a piece of idle work takes of the idle time, in virtual nanoseconds. */
  private static final long IDLE_PIECE = 1000;

  /** The most instructions between two looks at the outside: some milliseconds of host time. */
  private static final long MAX_RUN = 500_000;

  private final VirtualClock clock;
  private final EventQueue events;
  private final ExternalInput door;
  private final ExternalInput.Source hostClock;
  private final boolean followsHost;
  private final long hostStart = System.nanoTime();

  private BooleanSupplier interrupts = () -> false;
  private Runnable whenInterrupted = () -> {};
  private BooleanSupplier idleWork = () -> false;
  private BooleanSupplier whenStuck = () -> false;
  private @Nullable Scheduler scheduler;
  private boolean awaitsInput;
  private volatile boolean interrupted;

  /** Set once the machine is to end: every boundary is the end of a time slice then. */
  private boolean ending;

  private @Nullable Cpu running;
  private long accounted;
  private long instructions;
  private long charged;
  private long sliceEnd;

  /**
   * A clock at zero.
   *
   * @param followsHost true if idle time passes as the host's does
   */
  MachineClock(VirtualClock clock, EventQueue events, ExternalInput door, boolean followsHost) {
    this.clock = clock;
    this.events = events;
    this.door = door;
    this.followsHost = followsHost;
    hostClock = door.addSource("host clock", this::receiveHostTime);
  }

  private void receiveHostTime(ExternalEvent event) {
    if (event instanceof ExternalEvent.HostTime t) {
      clock.advanceTo(t.nanoseconds());
    }
  }

  /** Names whose sleepers time out here. */
  void setScheduler(Scheduler newScheduler) {
    scheduler = newScheduler;
  }

  /** Names what serves interrupt requests; it says whether there were any. */
  void setInterrupts(BooleanSupplier dispatch) {
    interrupts = dispatch;
  }

  /** Names what is called, with the kernel token, after {@link #interrupt}: it ends the machine. */
  void setWhenInterrupted(Runnable action) {
    whenInterrupted = action;
  }

  /**
   * Names what is called when nothing can ever happen any more: true if it made a thread runnable.
   */
  void setWhenStuck(BooleanSupplier action) {
    whenStuck = action;
  }

  /**
   * Names what is done a piece at a time while nothing else is, each piece in {@link #IDLE_PIECE};
   * false once there is nothing to do.
   */
  void setIdleWork(BooleanSupplier work) {
    idleWork = work;
  }

  /** Says whether somebody outside may still send something: then an idle machine waits for it. */
  void setAwaitsInput(boolean awaits) {
    awaitsInput = awaits;
  }

  /** Ends a wait for the outside, from any host thread: there is a reason to look up. */
  void interrupt() {
    interrupted = true;
    door.wakeUp();
  }

  /** Instructions that guest threads have retired. */
  long instructions() {
    account();
    return instructions;
  }

  // ---- what the scheduler asks ---------------------------------------------------------------

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
    workWhileIdle(next);
    if (followsHost) {
      return idleWithHost(next);
    }
    if (next != Scheduler.NO_DEADLINE) {
      clock.advanceTo(next);
      takeWhatIsDue();
      return true;
    }
    if (!awaitsInput) {
      return whenStuck.getAsBoolean();
    }
    door.waitForInput(Long.MAX_VALUE);
    takeWhatIsDue();
    return true;
  }

  /** Fills the time up to {@code next}, which passes anyway: the clock does not move. */
  private void workWhileIdle(long next) {
    long pieces = (next - clock.now()) / IDLE_PIECE;
    while (pieces > 0 && idleWork.getAsBoolean()) {
      pieces--;
    }
  }

  private boolean idleWithHost(long next) {
    readHostClock();
    if (clock.now() < next) {
      if (next == Scheduler.NO_DEADLINE && !awaitsInput) {
        return whenStuck.getAsBoolean();
      }
      door.waitForInput(next == Scheduler.NO_DEADLINE ? Long.MAX_VALUE : next - clock.now());
      readHostClock();
    }
    takeWhatIsDue();
    return true;
  }

  private void readHostClock() {
    hostClock.postBounded(new ExternalEvent.HostTime(System.nanoTime() - hostStart));
    door.deliver();
  }

  // ---- what running guest code asks ------------------------------------------------------------

  /** A guest thread, or null for a daemon, gets the processor: its instructions count from here. */
  void switchTo(@Nullable Cpu cpu) {
    account();
    running = cpu;
    accounted = cpu == null ? 0 : cpu.retired();
    sliceEnd = clock.now() + TIME_SLICE;
  }

  /** Moves the clock by what the running thread has retired since it was last looked at. */
  private void account() {
    if (running != null) {
      long retired = running.retired();
      long n = retired - accounted;
      accounted = retired;
      instructions += n;
      clock.advance(n * NANOS_PER_INSTRUCTION);
    }
  }

  @Override
  public long budget() {
    account();
    long next = Math.min(sliceEnd, events.nextTime());
    if (scheduler != null) {
      next = Math.min(next, scheduler.nextDeadline());
    }
    long n = (next - clock.now() + NANOS_PER_INSTRUCTION - 1) / NANOS_PER_INSTRUCTION;
    return Math.clamp(n, 1, MAX_RUN);
  }

  @Override
  public boolean atBoundary() {
    account();
    takeWhatIsDue();
    if (scheduler == null) {
      return false;
    }
    scheduler.expireDeadlines();
    if (clock.now() < sliceEnd && !ending) {
      return false;
    }
    sliceEnd = clock.now() + TIME_SLICE;
    return true;
  }

  @Override
  public void charge(long nanoseconds) {
    charged += nanoseconds;
    clock.advance(nanoseconds);
  }

  /** Virtual nanoseconds that kernel events have cost. */
  long charged() {
    return charged;
  }

  /** Lets in what waits outside, runs device events that are due, serves interrupts. */
  private boolean takeWhatIsDue() {
    boolean any = door.isPending() && door.deliver() > 0;
    any |= events.runDue(clock.now());
    any |= interrupts.getAsBoolean();
    if (interrupted) {
      interrupted = false;
      ending = true;
      whenInterrupted.run();
      any = true;
    }
    return any;
  }
}
