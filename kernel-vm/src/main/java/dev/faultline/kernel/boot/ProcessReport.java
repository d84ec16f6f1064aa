// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FsContext;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.dev.DevFs;
import dev.faultline.kernel.fs.procfs.ProcessInfo;
import dev.faultline.kernel.fs.tty.Tty;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.SignalAction;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.vm.MappingUsage;
import dev.faultline.kernel.vm.VmMapEntry;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSpace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One process as /proc wants to see it, read off when it is asked. */
final class ProcessReport implements ProcessInfo {
  private static final long NANOS_PER_TICK = 10_000_000;
  private static final int SIGNALS = 64;
  private static final byte[] NOTHING = {};

  private final Process process;

  ProcessReport(Process process) {
    this.process = process;
  }

  @Override
  public int pid() {
    return process.pid();
  }

  @Override
  public int parent() {
    return process.parentPid();
  }

  @Override
  public int processGroup() {
    return process.processGroup();
  }

  @Override
  public int session() {
    return process.session();
  }

  @Override
  public long terminal() {
    return process.controllingTerminal() == null ? 0 : DevFs.serialLine(0);
  }

  @Override
  public int foregroundGroup() {
    return process.controllingTerminal() instanceof Tty tty ? tty.foregroundGroup() : -1;
  }

  @Override
  public char state() {
    if (process.isZombie()) {
      return 'Z';
    }
    if (process.isStopped()) {
      return 'T';
    }
    char state = 'S';
    for (GuestThread thread : process.threads()) {
      KernelThread.State s = thread.kernelThread().state();
      if (s == KernelThread.State.RUNNING || s == KernelThread.State.RUNNABLE) {
        return 'R';
      }
      if (s == KernelThread.State.SLEEPING) {
        state = 'D';
      }
    }
    return state;
  }

  @Override
  public String command() {
    return process.command();
  }

  @Override
  public byte[] commandLine() {
    return process.isZombie() ? NOTHING : process.commandLine();
  }

  @Override
  public @Nullable FilePath executable() {
    return process.executable();
  }

  @Override
  public @Nullable FsContext context() {
    return process.isZombie() ? null : process.context();
  }

  @Override
  public @Nullable FdTable descriptors() {
    return process.isZombie() ? null : process.descriptors();
  }

  @Override
  public Credentials credentials() {
    return process.credentials();
  }

  @Override
  public int threads() {
    return process.threads().size();
  }

  @Override
  public int nice() {
    return process.nice();
  }

  @Override
  public long minorFaults() {
    return process.usage().minorFaults();
  }

  @Override
  public long majorFaults() {
    return process.usage().majorFaults();
  }

  @Override
  public long userTicks() {
    return process.usage().userTime() / NANOS_PER_TICK;
  }

  @Override
  public long systemTicks() {
    return process.usage().systemTime() / NANOS_PER_TICK;
  }

  @Override
  public long childUserTicks() {
    return process.childrenUsage().userTime() / NANOS_PER_TICK;
  }

  @Override
  public long childSystemTicks() {
    return process.childrenUsage().systemTime() / NANOS_PER_TICK;
  }

  @Override
  public long startTicks() {
    return process.startTime() / NANOS_PER_TICK;
  }

  @Override
  public int virtualPages() {
    VmSpace space = process.spaceOrNull();
    return space == null ? 0 : space.mappedPages();
  }

  @Override
  public int residentPages() {
    VmSpace space = process.spaceOrNull();
    return space == null ? 0 : space.residentPages();
  }

  @Override
  public int swapPages() {
    VmSpace space = process.spaceOrNull();
    return space == null ? 0 : space.swapPages();
  }

  @Override
  public long[] signalMasks() {
    long ignored = 0;
    long caught = 0;
    for (int signal = 1; signal <= SIGNALS; signal++) {
      SignalAction action = process.actions().get(signal);
      ignored |= action.handler() == SignalAction.IGNORE ? Signal.bit(signal) : 0;
      caught |= action.isCaught() ? Signal.bit(signal) : 0;
    }
    List<GuestThread> threads = process.threads();
    long blocked = threads.isEmpty() ? 0 : threads.getFirst().signalMask();
    return new long[] {process.pendingSignals(), blocked, ignored, caught};
  }

  @Override
  public List<Mapping> mappings() {
    List<Mapping> mappings = new ArrayList<>();
    VmSpace space = process.spaceOrNull();
    if (space != null) {
      space.forEachMapping(e -> mappings.add(mapping(e)));
    }
    return mappings;
  }

  @Override
  public MappingUsage usage(int start, int end) {
    VmSpace space = process.spaceOrNull();
    return space == null ? new MappingUsage(0, 0, 0, 0, 0, 0, 0, 0) : space.usage(start, end);
  }

  private static Mapping mapping(VmMapEntry entry) {
    int protection = entry.protection();
    String rights =
        ((protection & Protection.READ) != 0 ? "r" : "-")
            + ((protection & Protection.WRITE) != 0 ? "w" : "-")
            + ((protection & Protection.EXECUTE) != 0 ? "x" : "-")
            + (entry.shared() ? "s" : "p");
    return new Mapping(
        entry.startAddress(),
        entry.endAddress(),
        rights,
        (long) entry.bottomOffset() << 12,
        file(entry.bottomObject()),
        entry.growsDown() ? "[stack]" : "");
  }

  private static @Nullable FilePath file(@Nullable VmObject object) {
    return object != null && object.handle() instanceof Vnode vnode ? vnode.lastPath() : null;
  }
}
