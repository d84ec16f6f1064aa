// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Identity;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.proc.ResourceLimits;
import dev.faultline.kernel.vm.MemoryState;
import dev.faultline.mmu.Page;

/** What a program may ask about the system, and about its own limits. */
final class SystemInfoCalls {
  /** The release that uname tells. */
  static final String RELEASE = "5.10.0";

  private static final String[] NAMES = {
    "Linux", "faultline", RELEASE, "#1 Faultline", "i686", "(none)"
  };
  private static final int NAME_SIZE = 65;
  private static final int SYSINFO_SIZE = 64;
  private static final long NANOS = 1_000_000_000;
  private static final int RANDOM_CHUNK = 4096;
  private static final int RANDOM_FLAGS = 7;
  private static final int LIMIT_INFINITY = -1;
  private static final int OLD_LIMIT_INFINITY = Integer.MAX_VALUE;

  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_SET_NAME = 15;
  private static final int PR_GET_NAME = 16;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_NAME_SIZE = 16;

  private final CallEnvironment env;

  SystemInfoCalls(CallEnvironment env) {
    this.env = env;
  }

  int uname(GuestThread t, int to) {
    UserStruct u = new UserStruct(env.memory(), NAMES.length * NAME_SIZE);
    for (int i = 0; i < NAMES.length; i++) {
      u.putBytes(i * NAME_SIZE, NAMES[i].getBytes(ISO_8859_1));
    }
    return u.write(to);
  }

  int sysinfo(GuestThread t, int to) {
    MemoryState m = env.system().services().vm().state();
    UserStruct u = new UserStruct(env.memory(), SYSINFO_SIZE);
    u.put32(0, (int) (env.system().now() / NANOS));
    u.put32(16, m.frames()).put32(20, m.free() + m.cached());
    u.put32(32, m.swapTotal()).put32(36, m.swapFree());
    u.put16(40, env.system().table().processes().size());
    return u.put32(52, Page.SIZE).write(to);
  }

  int getrandom(GuestThread t, int buffer, int size, int flags) {
    if ((flags & ~RANDOM_FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    int wanted = size < 0 ? Integer.MAX_VALUE : size;
    byte[] chunk = new byte[Math.min(wanted, RANDOM_CHUNK)];
    int done = 0;
    while (done < wanted) {
      int n = Math.min(wanted - done, chunk.length);
      env.system().services().entropy().fill(chunk, 0, n);
      int copied = env.memory().copyOut(chunk, 0, buffer + done, n);
      done += copied;
      if (copied < n) {
        return done == 0 ? -Errno.EFAULT : done;
      }
    }
    return done;
  }

  int prctl(GuestThread t, int option, int argument) {
    return switch (option) {
      case PR_SET_NAME -> setName(t, argument);
      case PR_GET_NAME ->
          new UserStruct(env.memory(), PR_NAME_SIZE)
              .putBytes(0, t.process().command().getBytes(ISO_8859_1))
              .write(argument);
      case PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS -> 0;
      case PR_SET_PDEATHSIG -> argument == 0 ? 0 : -Errno.EINVAL;
      default -> -Errno.EINVAL;
    };
  }

  private int setName(GuestThread t, int address) {
    byte[] name = new byte[PR_NAME_SIZE - 1];
    int length = env.memory().copyInString(address, name);
    if (length < 0) {
      return -Errno.EFAULT;
    }
    t.process().setCommand(new String(name, 0, length, ISO_8859_1));
    return 0;
  }

  int personality(GuestThread t, int wanted) {
    return wanted == 0 || wanted == -1 ? 0 : -Errno.EINVAL;
  }

  // ---- limits ----------------------------------------------------------------------------------

  int prlimit64(GuestThread t, int pid, int resource, int wanted, int old) {
    Process p = pid == 0 ? t.process() : env.system().table().process(pid);
    if (p == null) {
      return -Errno.ESRCH;
    }
    if (resource < 0 || resource >= ResourceLimits.COUNT) {
      return -Errno.EINVAL;
    }
    if (!mayChange(t.process(), p)) {
      return -Errno.EPERM;
    }
    long soft = p.limits().soft(resource);
    long hard = p.limits().hard(resource);
    if (wanted != 0) {
      UserStruct u = UserStruct.read(env.memory(), wanted, 16);
      if (u == null) {
        return -Errno.EFAULT;
      }
      int error = set(t.process(), p, resource, u.get64(0), u.get64(8));
      if (error != 0) {
        return error;
      }
    }
    return old == 0 ? 0 : new UserStruct(env.memory(), 16).put64(0, soft).put64(8, hard).write(old);
  }

  @SuppressWarnings("ReferenceEquality") // a process is an identity
  private static boolean mayChange(Process caller, Process p) {
    Identity self = caller.identity();
    return caller == p || self.isSuperuser() || self.uid() == p.identity().uid();
  }

  int ugetrlimit(GuestThread t, int resource, int to) {
    return getrlimit(t, resource, to, LIMIT_INFINITY);
  }

  int oldGetrlimit(GuestThread t, int resource, int to) {
    return getrlimit(t, resource, to, OLD_LIMIT_INFINITY);
  }

  private int getrlimit(GuestThread t, int resource, int to, int infinity) {
    if (resource < 0 || resource >= ResourceLimits.COUNT) {
      return -Errno.EINVAL;
    }
    ResourceLimits limits = t.process().limits();
    return new UserStruct(env.memory(), 8)
        .put32(0, narrow(limits.soft(resource), infinity))
        .put32(4, narrow(limits.hard(resource), infinity))
        .write(to);
  }

  private static int narrow(long limit, int infinity) {
    long most = infinity & 0xFFFF_FFFFL;
    return limit < 0 || limit > most ? infinity : (int) limit;
  }

  int setrlimit(GuestThread t, int resource, int from) {
    if (resource < 0 || resource >= ResourceLimits.COUNT) {
      return -Errno.EINVAL;
    }
    UserStruct u = UserStruct.read(env.memory(), from, 8);
    if (u == null) {
      return -Errno.EFAULT;
    }
    return set(t.process(), t.process(), resource, widen(u.get32(0)), widen(u.get32(4)));
  }

  private static long widen(int limit) {
    return limit == LIMIT_INFINITY ? ResourceLimits.INFINITY : limit & 0xFFFF_FFFFL;
  }

  private static int set(Process caller, Process p, int resource, long soft, long hard) {
    if (Long.compareUnsigned(soft, hard) > 0) {
      return -Errno.EINVAL;
    }
    boolean raises = Long.compareUnsigned(hard, p.limits().hard(resource)) > 0;
    if (raises && !caller.identity().isSuperuser()) {
      return -Errno.EPERM;
    }
    if (resource == ResourceLimits.NOFILE) {
      if (Long.compareUnsigned(hard, FdTable.MAX) > 0) {
        return -Errno.EPERM;
      }
      p.descriptors().setLimit((int) soft);
    }
    p.limits().set(resource, soft, hard);
    return 0;
  }
}
