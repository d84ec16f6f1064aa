// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.CharDevice;
import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FsContext;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.ProcessView;
import dev.faultline.kernel.vm.VmSpace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process: what its threads share. It is alive while it has threads, then a zombie until its
 * parent has waited for it.
 */
@SuppressWarnings("AvoidCommonTypeNames") // the textbook's name
public final class Process implements ProcessView, Caller {
  /** The most bytes of a command name. */
  public static final int COMMAND_MAX = 15;

  final ProcessSystem system;
  private final int pid;
  private final long startTime;
  final List<Process> children = new ArrayList<>();
  final List<GuestThread> threads = new ArrayList<>();
  final PendingSignals pending = new PendingSignals();
  private final ResourceUsage usage = new ResourceUsage();
  private final ResourceUsage childrenUsage = new ResourceUsage();
  private final RealTimer realTimer;

  private @Nullable Process parent;
  private int processGroup;
  private Session session;
  private @Nullable VmSpace space;
  private FdTable descriptors;
  private FsContext context;
  private Identity identity;
  private ResourceLimits limits;
  SignalActions actions;
  private String command = "";
  private byte[] commandLine = new byte[0];
  private @Nullable FilePath executable;
  private int nice;
  private boolean executed;
  private boolean shieldedInit;
  private int exitSignal = Signal.CHLD;

  /** What {@link #stopped} processes sleep on. */
  final Object stopChannel = new Object();

  boolean stopped;
  boolean stopReported = true;
  boolean continueReported = true;
  int stopSignal;
  boolean exiting;
  boolean killed;
  boolean zombie;
  int exitStatus;

  /** True while the parent sleeps in vfork until this process execs or exits. */
  boolean borrowsSpace;

  private Process(
      ProcessSystem system,
      int pid,
      Session session,
      FdTable descriptors,
      FsContext context,
      Identity identity,
      ResourceLimits limits,
      SignalActions actions) {
    this.system = system;
    this.pid = pid;
    this.session = session;
    this.descriptors = descriptors;
    this.context = context;
    this.identity = identity;
    this.limits = limits;
    this.actions = actions;
    startTime = system.now();
    realTimer = new RealTimer(this);
  }

  /** Process 1. */
  static Process first(ProcessSystem system, InitRequest request) {
    int pid = system.table().newPid();
    Process p =
        new Process(
            system,
            pid,
            new Session(pid),
            new FdTable(),
            new FsContext(request.root(), request.workingDirectory(), 0x12),
            Identity.ROOT,
            new ResourceLimits(),
            new SignalActions());
    p.processGroup = pid;
    p.shieldedInit = request.isProtected();
    system.table().add(p);
    GuestThread t = new GuestThread(p, pid);
    t.start(() -> Exec.first(t, request));
    return p;
  }

  /** A child that has no address space and no thread yet; it is in the table, but has no parent. */
  static Process embryo(Process parent) {
    Process p =
        new Process(
            parent.system,
            parent.system.table().newPid(),
            parent.session,
            parent.descriptors.copy(),
            parent.context.copy(),
            parent.identity,
            parent.limits.copy(),
            parent.actions.copy());
    p.processGroup = parent.processGroup;
    p.command = parent.command;
    p.commandLine = parent.commandLine;
    p.nice = parent.nice;
    FilePath exe = parent.executable;
    p.executable = exe == null ? null : exe.hold();
    parent.system.table().add(p);
    return p;
  }

  // ---- who it is -------------------------------------------------------------------------------

  @Override
  public int pid() {
    return pid;
  }

  /** Its parent's pid, 0 if it has none. */
  public int parentPid() {
    return parent == null ? 0 : parent.pid;
  }

  @Nullable Process parent() {
    return parent;
  }

  void setParent(@Nullable Process newParent) {
    parent = newParent;
  }

  @Override
  public int processGroup() {
    return processGroup;
  }

  void setProcessGroup(int group) {
    processGroup = group;
  }

  @Override
  public int session() {
    return session.id();
  }

  /** Begins a session and a process group of its own. */
  void startSession() {
    session = new Session(pid);
    processGroup = pid;
  }

  /** Real, effective and saved ids. */
  public Identity identity() {
    return identity;
  }

  /** Changes the ids; who may is the caller's to judge. */
  public void setIdentity(Identity newIdentity) {
    identity = newIdentity;
  }

  @Override
  public String command() {
    return command;
  }

  /** Sets the command name, which is cut at {@link #COMMAND_MAX} bytes. */
  public void setCommand(String name) {
    command = name.length() > COMMAND_MAX ? name.substring(0, COMMAND_MAX) : name;
  }

  /** The arguments as exec got them, each with a zero byte behind. */
  public byte[] commandLine() {
    return commandLine.clone();
  }

  void setCommandLine(byte[] arguments) {
    commandLine = arguments;
  }

  /** The program that it runs, if it has begun to. */
  public @Nullable FilePath executable() {
    return executable;
  }

  /** Takes over the caller's hold on the path. */
  void setExecutable(@Nullable FilePath newExecutable) {
    FilePath old = executable;
    executable = newExecutable;
    if (old != null) {
      old.release();
    }
  }

  /** True once it has executed a program since it was forked. */
  public boolean hasExecuted() {
    return executed;
  }

  void setExecuted() {
    executed = true;
  }

  /** Virtual nanoseconds at which it was made. */
  public long startTime() {
    return startTime;
  }

  /** Its nice value, -20 to 19. */
  public int nice() {
    return nice;
  }

  /** Sets the nice value. */
  public void setNice(int value) {
    nice = Math.clamp(value, -20, 19);
  }

  /** What the parent is told at its end; 0 for nothing. */
  int exitSignal() {
    return exitSignal;
  }

  void setExitSignal(int signal) {
    exitSignal = signal;
  }

  // ---- memory ----------------------------------------------------------------------------------

  /** Its address space. */
  public VmSpace space() {
    if (space == null) {
      throw new KernelPanic("process " + pid + " has no address space");
    }
    return space;
  }

  /** Its address space; null before the first exec and once it has exited. */
  public @Nullable VmSpace spaceOrNull() {
    return space;
  }

  void setSpace(@Nullable VmSpace newSpace) {
    if (space != null) {
      usage.noteResident(space.residentPeak());
    }
    space = newSpace;
  }

  @Override
  public boolean isSystem() {
    return shieldedInit;
  }

  @Override
  public boolean isAlive() {
    return !exiting && !zombie;
  }

  @Override
  public boolean killPending() {
    return killed;
  }

  @Override
  public void kill() {
    system.signals().kill(this);
  }

  @Override
  public void countMinorFault() {
    usage.countMinorFault();
  }

  @Override
  public void countMajorFault() {
    usage.countMajorFault();
  }

  @Override
  public void countSwap() {
    usage.countSwap();
  }

  @Override
  public long sleepingSince() {
    long since = threads.isEmpty() ? Long.MAX_VALUE : 0;
    for (GuestThread t : threads) {
      since = Math.max(since, t.kernelThread().idleSince());
    }
    return since;
  }

  @Override
  public long residentLimit() {
    return limits.effective(ResourceLimits.RSS);
  }

  @Override
  public long stackLimit() {
    return limits.effective(ResourceLimits.STACK);
  }

  @Override
  public long addressSpaceLimit() {
    return limits.effective(ResourceLimits.AS);
  }

  @Override
  public long dataLimit() {
    return limits.effective(ResourceLimits.DATA);
  }

  /** Its limits. */
  public ResourceLimits limits() {
    return limits;
  }

  // ---- files -----------------------------------------------------------------------------------

  @Override
  public Credentials credentials() {
    return identity.effective();
  }

  @Override
  public FsContext context() {
    return context;
  }

  @Override
  public FdTable descriptors() {
    return descriptors;
  }

  @Override
  public @Nullable CharDevice controllingTerminal() {
    return session.terminal();
  }

  @Override
  public void setControllingTerminal(@Nullable CharDevice terminal) {
    session.setTerminal(terminal);
  }

  @Override
  public boolean blocksOrIgnores(int signal) {
    GuestThread t = system.currentOrNull();
    boolean blocked = t != null && (t.signalMask() & Signal.bit(signal)) != 0;
    return blocked || actions.get(signal).handler() == SignalAction.IGNORE;
  }

  @Override
  public boolean inOrphanedGroup() {
    return ProcessGroups.isOrphaned(system.table(), processGroup);
  }

  // ---- threads and signals ---------------------------------------------------------------------

  /** Its threads alive, the oldest first; none once it has exited. */
  public List<GuestThread> threads() {
    return List.copyOf(threads);
  }

  /** The actions at signals. */
  public SignalActions actions() {
    return actions;
  }

  /** Signals that wait for any thread of the process, as a mask. */
  public long pendingSignals() {
    return pending.mask();
  }

  /** True for a process 1 that no signal reaches which it does not catch. */
  boolean isShieldedInit() {
    return shieldedInit;
  }

  /** True while it is stopped by a signal. */
  public boolean isStopped() {
    return stopped;
  }

  /** True when it has ended and its parent has not waited yet. */
  public boolean isZombie() {
    return zombie;
  }

  /** The timer behind alarm and setitimer. */
  public RealTimer realTimer() {
    return realTimer;
  }

  // ---- usage -----------------------------------------------------------------------------------

  /** What it has used up to now, its running threads included. */
  public ResourceUsage usage() {
    ResourceUsage sum = new ResourceUsage();
    sum.add(usage);
    if (space != null) {
      sum.noteResident(space.residentPeak());
    }
    for (GuestThread t : threads) {
      sum.add(t.usage());
    }
    return sum;
  }

  /** Adds what a thread that ends has used. */
  void addUsage(ResourceUsage of) {
    usage.add(of);
  }

  /** What those of its children have used that it has waited for. */
  public ResourceUsage childrenUsage() {
    return childrenUsage;
  }

  // ---- the end ---------------------------------------------------------------------------------

  /** Gives files, directories and memory back; the process has no threads any more. */
  void releaseResources() {
    descriptors.closeAll();
    context.release();
    setExecutable(null);
  }

  @Override
  public String toString() {
    return "process " + pid + " (" + command + ")";
  }
}
