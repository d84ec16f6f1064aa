// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Identity;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.proc.ProcessGroups;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who a process is: pids, groups and sessions, users and groups, nice values. */
final class IdentityCalls {
  private static final int GROUPS_MAX = 65536;

  private final CallEnvironment env;

  IdentityCalls(CallEnvironment env) {
    this.env = env;
  }

  // ---- processes, groups, sessions -------------------------------------------------------------

  int getpid(GuestThread t) {
    return t.process().pid();
  }

  int getppid(GuestThread t) {
    return t.process().parentPid();
  }

  int getpgrp(GuestThread t) {
    return t.process().processGroup();
  }

  int getpgid(GuestThread t, int pid) {
    Process p = process(t, pid);
    return p == null ? -Errno.ESRCH : p.processGroup();
  }

  int setpgid(GuestThread t, int pid, int group) {
    return ProcessGroups.setProcessGroup(t.process(), pid, group);
  }

  int getsid(GuestThread t, int pid) {
    Process p = process(t, pid);
    return p == null ? -Errno.ESRCH : p.session();
  }

  int setsid(GuestThread t) {
    return ProcessGroups.startSession(t.process());
  }

  private @Nullable Process process(GuestThread t, int pid) {
    return pid == 0 ? t.process() : env.system().table().process(pid);
  }

  // ---- nice ------------------------------------------------------------------------------------

  private List<Process> meant(GuestThread t, int which, int who) {
    Process self = t.process();
    List<Process> all = new ArrayList<>();
    for (Process p : env.system().table().processes()) {
      boolean is =
          switch (which) {
            case 0 -> p.pid() == (who == 0 ? self.pid() : who);
            case 1 -> p.processGroup() == (who == 0 ? self.processGroup() : who);
            default -> p.identity().uid() == (who == 0 ? self.identity().uid() : who);
          };
      if (is) {
        all.add(p);
      }
    }
    return all;
  }

  int getpriority(GuestThread t, int which, int who) {
    if (which < 0 || which > 2) {
      return -Errno.EINVAL;
    }
    int best = -Errno.ESRCH;
    for (Process p : meant(t, which, who)) {
      best = Math.max(best, 20 - p.nice());
    }
    return best;
  }

  int setpriority(GuestThread t, int which, int who, int nice) {
    if (which < 0 || which > 2) {
      return -Errno.EINVAL;
    }
    int result = -Errno.ESRCH;
    for (Process p : meant(t, which, who)) {
      int wanted = Math.clamp(nice, -20, 19);
      Identity self = t.process().identity();
      if (!self.isSuperuser() && self.euid() != p.identity().uid()) {
        result = -Errno.EPERM;
      } else if (!self.isSuperuser() && wanted < p.nice()) {
        result = -Errno.EACCES;
      } else {
        p.setNice(wanted);
        result = result == -Errno.ESRCH ? 0 : result;
      }
    }
    return result;
  }

  int nice(GuestThread t, int by) {
    Process p = t.process();
    if (by < 0 && !p.identity().isSuperuser()) {
      return -Errno.EPERM;
    }
    p.setNice(p.nice() + Math.clamp(by, -40, 40));
    return 0;
  }

  // ---- users and groups ------------------------------------------------------------------------

  int getuid(GuestThread t) {
    return t.process().identity().uid();
  }

  int geteuid(GuestThread t) {
    return t.process().identity().euid();
  }

  int getgid(GuestThread t) {
    return t.process().identity().gid();
  }

  int getegid(GuestThread t) {
    return t.process().identity().egid();
  }

  int getresuid(GuestThread t, int real, int effective, int saved) {
    Identity id = t.process().identity();
    return store(real, id.uid(), effective, id.euid(), saved, id.suid());
  }

  int getresgid(GuestThread t, int real, int effective, int saved) {
    Identity id = t.process().identity();
    return store(real, id.gid(), effective, id.egid(), saved, id.sgid());
  }

  private int store(int a, int x, int b, int y, int c, int z) {
    boolean stored =
        env.memory().store32(a, x) && env.memory().store32(b, y) && env.memory().store32(c, z);
    return stored ? 0 : -Errno.EFAULT;
  }

  int setuid(GuestThread t, int uid) {
    Identity id = t.process().identity();
    if (id.isSuperuser()) {
      t.process().setIdentity(id.withUsers(uid, uid, uid));
      return 0;
    }
    if (uid != id.uid() && uid != id.suid()) {
      return -Errno.EPERM;
    }
    t.process().setIdentity(id.withUsers(id.uid(), uid, id.suid()));
    return 0;
  }

  int setgid(GuestThread t, int gid) {
    Identity id = t.process().identity();
    if (id.isSuperuser()) {
      t.process().setIdentity(id.withGroups(gid, gid, gid));
      return 0;
    }
    if (gid != id.gid() && gid != id.sgid()) {
      return -Errno.EPERM;
    }
    t.process().setIdentity(id.withGroups(id.gid(), gid, id.sgid()));
    return 0;
  }

  int setreuid(GuestThread t, int real, int effective) {
    Identity id = t.process().identity();
    boolean realOk = real == -1 || real == id.uid() || real == id.euid();
    if (!id.isSuperuser() && !(realOk && isOneOf(effective, id.uid(), id.euid(), id.suid()))) {
      return -Errno.EPERM;
    }
    int newReal = real == -1 ? id.uid() : real;
    int newEffective = effective == -1 ? id.euid() : effective;
    boolean save = real != -1 || effective != -1 && effective != id.uid();
    t.process().setIdentity(id.withUsers(newReal, newEffective, save ? newEffective : id.suid()));
    return 0;
  }

  int setregid(GuestThread t, int real, int effective) {
    Identity id = t.process().identity();
    boolean realOk = real == -1 || real == id.gid() || real == id.egid();
    if (!id.isSuperuser() && !(realOk && isOneOf(effective, id.gid(), id.egid(), id.sgid()))) {
      return -Errno.EPERM;
    }
    int newReal = real == -1 ? id.gid() : real;
    int newEffective = effective == -1 ? id.egid() : effective;
    boolean save = real != -1 || effective != -1 && effective != id.gid();
    t.process().setIdentity(id.withGroups(newReal, newEffective, save ? newEffective : id.sgid()));
    return 0;
  }

  int setresuid(GuestThread t, int real, int effective, int saved) {
    Identity id = t.process().identity();
    for (int wanted : new int[] {real, effective, saved}) {
      if (!id.isSuperuser() && !isOneOf(wanted, id.uid(), id.euid(), id.suid())) {
        return -Errno.EPERM;
      }
    }
    t.process()
        .setIdentity(
            id.withUsers(or(real, id.uid()), or(effective, id.euid()), or(saved, id.suid())));
    return 0;
  }

  int setresgid(GuestThread t, int real, int effective, int saved) {
    Identity id = t.process().identity();
    for (int wanted : new int[] {real, effective, saved}) {
      if (!id.isSuperuser() && !isOneOf(wanted, id.gid(), id.egid(), id.sgid())) {
        return -Errno.EPERM;
      }
    }
    t.process()
        .setIdentity(
            id.withGroups(or(real, id.gid()), or(effective, id.egid()), or(saved, id.sgid())));
    return 0;
  }

  private static boolean isOneOf(int wanted, int a, int b, int c) {
    return wanted == -1 || wanted == a || wanted == b || wanted == c;
  }

  private static int or(int wanted, int old) {
    return wanted == -1 ? old : wanted;
  }

  /** File access follows the effective user; there is no separate one to be set. */
  int setfsuid(GuestThread t, int uid) {
    return t.process().identity().euid();
  }

  int setfsgid(GuestThread t, int gid) {
    return t.process().identity().egid();
  }

  int getgroups(GuestThread t, int size, int list) {
    return getgroups(t, size, list, 4);
  }

  int getgroups16(GuestThread t, int size, int list) {
    return getgroups(t, size, list, 2);
  }

  private int getgroups(GuestThread t, int size, int list, int width) {
    List<Integer> groups = t.process().identity().groups();
    if (size < 0) {
      return -Errno.EINVAL;
    }
    if (size == 0) {
      return groups.size();
    }
    if (size < groups.size()) {
      return -Errno.EINVAL;
    }
    UserStruct u = new UserStruct(env.memory(), groups.size() * width);
    for (int i = 0; i < groups.size(); i++) {
      if (width == 4) {
        u.put32(i * 4, groups.get(i));
      } else {
        u.put16(i * 2, groups.get(i));
      }
    }
    int error = u.write(list);
    return error != 0 ? error : groups.size();
  }

  int setgroups(GuestThread t, int size, int list) {
    if (!t.process().identity().isSuperuser()) {
      return -Errno.EPERM;
    }
    if (size < 0 || size > GROUPS_MAX) {
      return -Errno.EINVAL;
    }
    UserStruct u = UserStruct.read(env.memory(), list, size * 4);
    if (u == null) {
      return -Errno.EFAULT;
    }
    List<Integer> groups = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      groups.add(u.get32(i * 4));
    }
    t.process().setIdentity(t.process().identity().withSupplementary(groups));
    return 0;
  }
}
