// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.FlatSegments;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.FaultResult;
import dev.faultline.kernel.vm.ProcessThread;
import org.jspecify.annotations.Nullable;

/** A thread of a process: a kernel thread with the state of a processor. */
public final class GuestThread implements ProcessThread {
  private final Process process;
  private int tid;
  private final FlatSegments segments;
  private final Cpu cpu;
  private @Nullable KernelThread kernelThread;

  final PendingSignals pending = new PendingSignals();
  private long signalMask;
  private long savedMask;
  private boolean hasSavedMask;
  private long awaited;
  private AlternateStack alternateStack = AlternateStack.NONE;

  private int clearChildTid;
  private int robustList;
  private long systemTime;
  private long slicesEnded;

  private FaultResult lastFault = FaultResult.RESOLVED;
  private Trap lastTrap = Trap.NONE;

  private int interruptedCall;
  private boolean interruptedForHandlers;
  private boolean hasInterruptedCall;
  private long savedDeadline = Scheduler.NO_DEADLINE;
  private boolean hasSavedDeadline;

  /** Set when the thread is to end as soon as it is back at the edge of user code. */
  boolean exiting;

  /** What it sleeps on in a sleep that only a kill may end early. */
  @Nullable Object killableChannel;

  /** A thread with a clean processor. */
  GuestThread(Process process, int tid) {
    this(process, tid, new FlatSegments());
  }

  /** A thread with the processor state of another: fork. */
  GuestThread(Process process, int tid, GuestThread of) {
    this(process, tid, new FlatSegments(of.segments));
    cpu.copyFrom(of.cpu);
    signalMask = of.signalMask;
  }

  private GuestThread(Process process, int tid, FlatSegments segments) {
    this.process = process;
    this.tid = tid;
    this.segments = segments;
    KernelServices services = process.system.services();
    cpu = new Cpu(services.cpu().mmu(), segments);
    cpu.setTimeStampCounter(services.timeStampCounter());
  }

  /**
   * Makes the kernel thread, which begins with {@code prelude} and then, unless the thread is to
   * end, runs user code. The scheduler must have room.
   */
  void start(Runnable prelude) {
    UserLoop loop = new UserLoop(this);
    KernelThread k =
        process
            .system
            .services()
            .scheduler()
            .spawn(
                process.command() + "/" + tid,
                () -> {
                  prelude.run();
                  loop.run();
                });
    k.setOwner(this);
    kernelThread = k;
    process.threads.add(this);
    process.system.table().add(this);
    updateInterrupt();
    if (process.killed) {
      k.setKillPending();
    }
  }

  // ---- what it is ------------------------------------------------------------------------------

  @Override
  public Process process() {
    return process;
  }

  /** Its number. */
  public int tid() {
    return tid;
  }

  /** The thread that executes a program takes over its process's number. */
  void becomeMain() {
    process.system.table().remove(this);
    tid = process.pid();
    process.system.table().add(this);
  }

  /** Its processor state. */
  public Cpu cpu() {
    return cpu;
  }

  /** Its descriptor table, with the slots for thread-local storage. */
  public FlatSegments segments() {
    return segments;
  }

  /** The kernel thread that it is. */
  public KernelThread kernelThread() {
    if (kernelThread == null) {
      throw new KernelPanic("thread " + tid + " has not been started");
    }
    return kernelThread;
  }

  /** Where a zero is stored and a joiner woken when it ends; 0 for nowhere. */
  public int clearChildTid() {
    return clearChildTid;
  }

  /** Sets {@link #clearChildTid}. */
  public void setClearChildTid(int address) {
    clearChildTid = address;
  }

  /** The head of the list of locks to be released if it dies; 0 for none. */
  public int robustList() {
    return robustList;
  }

  /** Sets {@link #robustList}. */
  public void setRobustList(int address) {
    robustList = address;
  }

  /** What it has used up to now. */
  public ResourceUsage usage() {
    ResourceUsage u = new ResourceUsage();
    u.addUserTime(process.system.services().instructionTime().applyAsLong(cpu.retired()));
    u.addSystemTime(systemTime);
    u.addInvoluntarySwitches(slicesEnded);
    u.addVoluntarySwitches(kernelThread == null ? 0 : kernelThread.sleeps());
    return u;
  }

  void addSystemTime(long nanoseconds) {
    systemTime += nanoseconds;
  }

  void countSliceEnd() {
    slicesEnded++;
  }

  // ---- traps -----------------------------------------------------------------------------------

  /** Why the last page fault was refused. */
  FaultResult lastFault() {
    return lastFault;
  }

  void setLastFault(FaultResult result) {
    lastFault = result;
  }

  /** The last exception that became a signal, for the handler's frame. */
  public Trap lastTrap() {
    return lastTrap;
  }

  /** Notes an exception, for the handler's frame. */
  public void setLastTrap(Trap trap) {
    lastTrap = trap;
  }

  // ---- signals ---------------------------------------------------------------------------------

  /** The blocked signals. */
  public long signalMask() {
    return signalMask;
  }

  /** Blocks exactly these signals, but never SIGKILL and SIGSTOP. */
  public void setSignalMask(long mask) {
    signalMask = mask & ~Signal.UNBLOCKABLE;
    updateInterrupt();
  }

  /**
   * Blocks other signals until the next handler has been entered, or none was needed: sigsuspend
   * and its kin.
   */
  public void setTemporaryMask(long mask) {
    if (!hasSavedMask) {
      savedMask = signalMask;
      hasSavedMask = true;
    }
    setSignalMask(mask);
  }

  /** The mask that a handler's return is to restore. */
  long maskForHandler() {
    long mask = hasSavedMask ? savedMask : signalMask;
    hasSavedMask = false;
    return mask;
  }

  /** Ends {@link #setTemporaryMask}. */
  public void restoreMask() {
    if (hasSavedMask) {
      hasSavedMask = false;
      setSignalMask(savedMask);
    }
  }

  /** Signals that wait for this very thread or for any of the process, as a mask. */
  public long pendingSignals() {
    return pending.mask() | process.pending.mask();
  }

  /** Takes a waiting signal out that is among {@code wanted}, blocked or not; or null. */
  public @Nullable SignalInfo takeSignal(long wanted) {
    SignalInfo info = pending.take(wanted);
    return info != null ? info : process.pending.take(wanted);
  }

  /**
   * Waits for one of these signals, blocked or not, and takes it: it is then not delivered.
   *
   * @return null if the deadline passed or another signal came
   */
  public @Nullable SignalInfo awaitSignal(long wanted, long deadline) {
    SignalInfo taken = takeSignal(wanted);
    if (taken == null) {
      awaited = wanted;
      process.system.services().scheduler().sleep(this, true, deadline);
      awaited = 0;
      taken = takeSignal(wanted);
      updateInterrupt();
    }
    return taken;
  }

  /** The signals that {@link #awaitSignal} waits for just now. */
  long awaitedSignals() {
    return awaited;
  }

  /** Raises a signal that the thread itself has brought about and cannot escape. */
  public void forceSignal(SignalInfo info) {
    process.system.signals().force(this, info);
  }

  boolean hasDeliverableSignal() {
    return (pendingSignals() & ~signalMask) != 0;
  }

  /** Makes interruptible sleeps end at once if and only if there is something to do. */
  void updateInterrupt() {
    KernelThread k = kernelThread;
    if (k != null) {
      boolean must = hasDeliverableSignal() || process.exiting || process.killed || process.stopped;
      k.setInterruptPending(must || exiting);
    }
  }

  /** The stack for handlers that ask for one. */
  public AlternateStack alternateStack() {
    return alternateStack;
  }

  /** Sets the stack for handlers. */
  public void setAlternateStack(AlternateStack stack) {
    alternateStack = stack;
  }

  // ---- interrupted calls -----------------------------------------------------------------------

  /**
   * Notes that the current system call was cut short by a signal. It is issued again if no handler
   * runs; also after a handler with SA_RESTART, if {@code forHandlers}.
   *
   * @param number of the call
   */
  public void interruptCall(int number, boolean forHandlers) {
    interruptedCall = number;
    interruptedForHandlers = forHandlers;
    hasInterruptedCall = true;
  }

  boolean hasInterruptedCall() {
    return hasInterruptedCall;
  }

  /** True if the call cut short is issued again after a handler that wants so. */
  boolean restartsAfterHandler() {
    return interruptedForHandlers;
  }

  void dropInterruptedCall() {
    hasInterruptedCall = false;
    hasSavedDeadline = false;
  }

  /** Sets the registers so that the call is issued again. */
  void restartCall() {
    hasInterruptedCall = false;
    cpu.setEip(cpu.eip() - 2);
    cpu.set(Cpu.EAX, interruptedCall);
  }

  /**
   * The deadline of a call that waits: the given one, or when the call was cut short by a stop and
   * is issued again, the one it had.
   */
  public long deadline(long fresh) {
    if (hasSavedDeadline) {
      return savedDeadline;
    }
    savedDeadline = fresh;
    return fresh;
  }

  /** Called when a call has ended: its deadline is kept only if it will be issued again. */
  public void callEnded() {
    hasSavedDeadline = hasInterruptedCall;
  }

  @Override
  public String toString() {
    return process + " thread " + tid;
  }
}
