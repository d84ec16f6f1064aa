// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.tty.Tty;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.VmSpace;
import java.util.List;

/** The end of threads and processes: exit, exit_group, death by a signal, zombies, orphans. */
public final class Exit {
  private final ProcessSystem system;

  Exit(ProcessSystem system) {
    this.system = system;
  }

  /**
   * The exit call: the calling thread ends, and with the last one the process.
   *
   * @param code the low eight bits are the process's exit code, if this is its main thread
   */
  public void exitThread(GuestThread t, int code) {
    Process p = t.process();
    if (t.tid() == p.pid() && !p.exiting) {
      p.exitStatus = WaitStatus.exited(code);
    }
    if (p.threads.size() == 1) {
      exitGroup(t, p.exitStatus);
    }
    t.exiting = true;
  }

  /**
   * Ends a process: the calling thread and all others end when they come to the edge of user code.
   *
   * @param status see {@link WaitStatus}; the first one that is given counts
   */
  public void exitGroup(GuestThread t, int status) {
    Process p = t.process();
    t.exiting = true;
    if (p.exiting) {
      return;
    }
    p.exiting = true;
    p.exitStatus = status;
    p.stopped = false;
    killOthers(t);
    system.services().scheduler().wakeup(p.stopChannel);
  }

  /** Makes all threads of the process but the calling one end. */
  @SuppressWarnings("ReferenceEquality") // the thread itself is to be spared
  void killOthers(GuestThread self) {
    for (GuestThread other : self.process().threads) {
      if (other != self) {
        other.exiting = true;
        system.signals().endSleeps(other);
      }
    }
  }

  /** The last that a thread does. */
  void threadEnds(GuestThread t) {
    Process p = t.process();
    if (p.spaceOrNull() != null) {
      system.personality().threadExits(t);
    }
    p.addUsage(t.usage());
    p.threads.remove(t);
    system.table().remove(t);
    if (p.threads.isEmpty()) {
      p.exiting = true;
      processEnds(p);
    } else {
      // Exec waits for the others to go.
      system.services().scheduler().wakeup(p.threads);
    }
  }

  private void processEnds(Process p) {
    p.realTimer().set(0, 0);
    if (p.leadsSession() && p.controllingTerminal() instanceof Tty tty) {
      p.setControllingTerminal(null);
      tty.endSession();
    }
    p.releaseResources();
    releaseSpace(p);
    List<Process> orphans = List.copyOf(p.children);
    hangUpOrphans(p);
    p.children.clear();
    for (Process orphan : orphans) {
      adopt(orphan);
    }
    if (p.parent() == null && p.pid() == 1) {
      system.table().remove(p);
      system.initEnded(p.exitStatus);
      return;
    }
    p.zombie = true;
    tellParent(p);
  }

  private void releaseSpace(Process p) {
    VmSpace space = p.spaceOrNull();
    p.setSpace(null);
    if (space != null) {
      system.addressSpaces().leave(space);
      space.release();
    }
    endBorrowing(p);
  }

  /** The parent that sleeps in vfork may go on. */
  void endBorrowing(Process p) {
    if (p.borrowsSpace) {
      p.borrowsSpace = false;
      system.services().scheduler().wakeup(p);
    }
  }

  private void adopt(Process orphan) {
    Process init = system.init();
    orphan.setParent(init);
    if (init == null || init.zombie || init.exiting) {
      return;
    }
    init.children.add(orphan);
    if (orphan.zombie) {
      tellParent(orphan);
    }
  }

  /**
   * A group that this end makes an orphan, and that has stopped members, is sent HUP and CONT: its
   * own, if its parent was what tied that to the session, and its children's.
   */
  private void hangUpOrphans(Process p) {
    Process parent = p.parent();
    if (parent != null && ties(parent, p)) {
      hangUp(p, p.processGroup());
    }
    for (Process child : p.children) {
      if (ties(p, child)) {
        hangUp(p, child.processGroup());
      }
    }
  }

  private static boolean ties(Process parent, Process child) {
    return parent.processGroup() != child.processGroup() && parent.session() == child.session();
  }

  private void hangUp(Process gone, int group) {
    ProcessTable table = system.table();
    if (ProcessGroups.hasStoppedMember(table, group)
        && ProcessGroups.isOrphanedWithout(table, group, gone)) {
      system.signals().postGroup(group, SignalInfo.fromKernel(Signal.HUP));
      system.signals().postGroup(group, SignalInfo.fromKernel(Signal.CONT));
    }
  }

  /** Tells the parent of a zombie, or lets the zombie go if the parent does not care. */
  private void tellParent(Process p) {
    Process parent = p.parent();
    Scheduler scheduler = system.services().scheduler();
    if (parent == null) {
      system.table().remove(p);
      return;
    }
    SignalAction action = parent.actions.get(Signal.CHLD);
    int signal = p.exitSignal();
    if (signal != 0) {
      int killer = p.exitStatus & 0x7F;
      int code = killer == 0 ? SignalInfo.EXITED : SignalInfo.KILLED;
      int status = killer == 0 ? p.exitStatus >> 8 & 0xFF : killer;
      system.signals().post(parent, SignalPost.ofChild(p, signal, code, status));
    }
    boolean careless =
        action.handler() == SignalAction.IGNORE || action.has(SignalAction.NOCLDWAIT);
    if (careless && signal == Signal.CHLD) {
      reap(parent, p);
    }
    scheduler.wakeup(parent);
  }

  /** Takes a zombie out of the world. */
  void reap(Process parent, Process zombie) {
    parent.children.remove(zombie);
    system.table().remove(zombie);
  }
}
