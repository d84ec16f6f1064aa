// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Errno;
import org.jspecify.annotations.Nullable;

/** Process groups and sessions: who belongs where, and what a process may change about it. */
@SuppressWarnings("ReferenceEquality") // a process is an identity
public final class ProcessGroups {
  private ProcessGroups() {}

  /**
   * The setpgid call.
   *
   * @param pid the process, 0 for the caller
   * @param group the group, 0 for one of its own
   * @return 0; -EINVAL, -ESRCH, -EACCES after the child's exec, -EPERM
   */
  public static int setProcessGroup(Process caller, int pid, int group) {
    if (group < 0) {
      return -Errno.EINVAL;
    }
    Process p = pid == 0 ? caller : caller.system.table().process(pid);
    if (p == null || p != caller && p.parent() != caller || p.zombie) {
      return -Errno.ESRCH;
    }
    if (p != caller && p.session() != caller.session()) {
      return -Errno.EPERM;
    }
    if (p != caller && p.hasExecuted()) {
      return -Errno.EACCES;
    }
    if (p.session() == p.pid()) {
      return -Errno.EPERM;
    }
    int wanted = group == 0 ? p.pid() : group;
    if (wanted != p.pid() && !isInSession(caller.system.table(), wanted, caller.session())) {
      return -Errno.EPERM;
    }
    p.setProcessGroup(wanted);
    return 0;
  }

  /** The setsid call; the session's number, or -EPERM for the leader of a group. */
  public static int startSession(Process caller) {
    if (!caller.system.table().group(caller.pid()).isEmpty()) {
      return -Errno.EPERM;
    }
    caller.startSession();
    return caller.pid();
  }

  /** True if the group has a member in the session. */
  public static boolean isInSession(ProcessTable table, int group, int session) {
    for (Process p : table.group(group)) {
      if (p.session() == session) {
        return true;
      }
    }
    return false;
  }

  /** True if no member has a parent that is in the same session, but in another group. */
  static boolean isOrphaned(ProcessTable table, int group) {
    return isOrphanedWithout(table, group, null);
  }

  /** The same as if one process were gone already. */
  static boolean isOrphanedWithout(ProcessTable table, int group, @Nullable Process gone) {
    for (Process p : table.group(group)) {
      Process parent = p.parent();
      if (p != gone
          && !p.zombie
          && parent != null
          && parent != gone
          && parent.processGroup() != group
          && parent.session() == p.session()) {
        return false;
      }
    }
    return true;
  }

  /** True if a member is stopped. */
  static boolean hasStoppedMember(ProcessTable table, int group) {
    for (Process p : table.group(group)) {
      if (p.stopped) {
        return true;
      }
    }
    return false;
  }
}
