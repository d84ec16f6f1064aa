// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.cpu.Cpu;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.VmSpace;

/** New processes and threads: the mechanism of fork, vfork and clone. */
public final class Fork {
  /** The child shares the address space. */
  public static final int VM = 0x100;

  /** The child shares root, working directory and umask. */
  public static final int FS = 0x200;

  /** The child shares descriptors. */
  public static final int FILES = 0x400;

  /** The child shares signal actions. */
  public static final int SIGHAND = 0x800;

  /** The parent sleeps until the child execs or exits. */
  public static final int VFORK = 0x4000;

  /** The child is a thread of the same process. */
  public static final int THREAD = 0x10000;

  /** The child gets thread-local storage of its own. */
  public static final int SETTLS = 0x80000;

  /** The child's number is stored in the parent's memory. */
  public static final int PARENT_SETTID = 0x100000;

  /** A zero is stored and a joiner woken when the child ends. */
  public static final int CHILD_CLEARTID = 0x200000;

  /** The child's number is stored in the child's memory. */
  public static final int CHILD_SETTID = 0x1000000;

  /**
   * What is to be made.
   *
   * @param flags bits of this class
   * @param exitSignal what the parent is told at the end of a process; 0 for nothing
   * @param stack the child's stack pointer, 0 for the parent's
   * @param parentTid where to store the number with {@link #PARENT_SETTID}
   * @param childTid where, with {@link #CHILD_SETTID} and {@link #CHILD_CLEARTID}
   * @param tlsSlot 0 to 2, with {@link #SETTLS}
   * @param tls the descriptor for it
   */
  public record Request(
      int flags, int exitSignal, int stack, int parentTid, int childTid, int tlsSlot, long tls) {
    /** Plain fork. */
    public static Request fork() {
      return new Request(0, Signal.CHLD, 0, 0, 0, 0, 0);
    }

    /** Plain vfork. */
    public static Request vfork() {
      return new Request(VM | VFORK, Signal.CHLD, 0, 0, 0, 0, 0);
    }

    boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  private static final int SHARED = FS | FILES | SIGHAND;

  private Fork() {}

  /**
   * Makes a child that returns 0 where the caller returns its number. May sleep.
   *
   * @return the number; -EINVAL for flags that do not go together, -EAGAIN, -ENOMEM
   */
  public static int clone(GuestThread caller, Request request) {
    ProcessSystem system = caller.process().system;
    boolean thread = request.has(THREAD);
    int shared = request.flags() & SHARED;
    if (thread && (!request.has(VM) || shared != SHARED) || !thread && shared != 0) {
      return -Errno.EINVAL;
    }
    if (!system.table().hasRoom() || !system.services().scheduler().canSpawn()) {
      return -Errno.EAGAIN;
    }
    return thread ? newThread(caller, request) : newProcess(caller, request);
  }

  private static int newThread(GuestThread caller, Request request) {
    ProcessTable table = caller.process().system.table();
    GuestThread t = new GuestThread(caller.process(), table.newPid(), caller);
    begin(caller, t, request);
    return t.tid();
  }

  private static int newProcess(GuestThread caller, Request request) {
    Process parent = caller.process();
    ProcessSystem system = parent.system;
    if (isOverLimit(parent)) {
      return -Errno.EAGAIN;
    }
    Process child = Process.embryo(parent);
    VmSpace space = parent.space();
    VmSpace its;
    if (request.has(VM)) {
      space.share();
      its = space;
    } else {
      its = space.fork(child);
    }
    // Making the copy may have slept.
    if (its == null || !system.services().scheduler().canSpawn()) {
      if (its != null) {
        its.release();
      }
      child.releaseResources();
      system.table().remove(child);
      return its == null ? -Errno.ENOMEM : -Errno.EAGAIN;
    }
    child.setSpace(its);
    child.setExitSignal(request.exitSignal());
    child.setParent(parent);
    parent.children.add(child);
    GuestThread t = new GuestThread(child, child.pid(), caller);
    t.setAlternateStack(request.has(VM) ? AlternateStack.NONE : caller.alternateStack());
    child.borrowsSpace = request.has(VFORK);
    begin(caller, t, request);
    if (request.has(VFORK)) {
      awaitReturn(caller, child);
    }
    return child.pid();
  }

  private static void begin(GuestThread caller, GuestThread t, Request request) {
    ProcessSystem system = caller.process().system;
    Cpu cpu = t.cpu();
    cpu.set(Cpu.EAX, 0);
    if (request.stack() != 0) {
      cpu.set(Cpu.ESP, request.stack());
    }
    if (request.has(SETTLS)) {
      t.segments().setTls(request.tlsSlot(), request.tls());
      cpu.loadSegment(Cpu.GS, cpu.selector(Cpu.GS));
    }
    if (request.has(CHILD_CLEARTID)) {
      t.setClearChildTid(request.childTid());
    }
    if (request.has(PARENT_SETTID)) {
      system.memory().store32(request.parentTid(), t.tid());
    }
    int childTid = request.has(CHILD_SETTID) ? request.childTid() : 0;
    t.start(
        () -> {
          if (childTid != 0) {
            system.memory().store32(childTid, t.tid());
          }
        });
  }

  /** The parent of vfork sleeps; only a kill wakes it early. */
  private static void awaitReturn(GuestThread caller, Process child) {
    Scheduler scheduler = caller.process().system.services().scheduler();
    caller.killableChannel = child;
    while (child.borrowsSpace && !caller.kernelThread().killPending()) {
      scheduler.sleep(child, false, Scheduler.NO_DEADLINE);
    }
    caller.killableChannel = null;
  }

  private static boolean isOverLimit(Process parent) {
    long limit = parent.limits().effective(ResourceLimits.NPROC);
    int user = parent.identity().uid();
    if (user == 0 || limit == Long.MAX_VALUE) {
      return false;
    }
    long count = 0;
    for (Process p : parent.system.table().processes()) {
      count += p.identity().uid() == user ? 1 : 0;
    }
    return count >= limit;
  }
}
