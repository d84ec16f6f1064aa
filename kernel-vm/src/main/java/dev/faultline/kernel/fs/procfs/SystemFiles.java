// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.mmu.Page;
import java.util.List;
import java.util.Locale;

/** The texts of the files at the top of /proc, in Linux's formats. */
final class SystemFiles {
  /** The files. */
  enum Kind {
    MEMINFO,
    STAT,
    VMSTAT,
    MOUNTS,
    UPTIME,
    LOADAVG,
    CPUINFO,
    DISKSTATS,
    PARTITIONS,
    SWAPS,
    VERSION,
    FILESYSTEMS;

    private final String fileName = name().toLowerCase(Locale.ROOT);

    String fileName() {
      return fileName;
    }
  }

  private static final long NANOS_PER_TICK = 10_000_000L;
  private static final int TICKS_PER_SECOND = 100;
  private static final int KIB_PER_PAGE = Page.SIZE / 1024;

  private final FileLayer layer;
  private final SystemState state;

  SystemFiles(FileLayer layer, SystemState state) {
    this.layer = layer;
    this.state = state;
  }

  String text(Kind kind) {
    return switch (kind) {
      case MEMINFO -> memory();
      case STAT -> stat();
      case VMSTAT -> counters();
      case MOUNTS -> mounts(layer);
      case UPTIME ->
          hundredths(state.uptime() / NANOS_PER_TICK) + " " + hundredths(state.idleTicks()) + "\n";
      case LOADAVG -> loads();
      case CPUINFO -> processors();
      case DISKSTATS -> DiskFiles.statistics(layer.blockDevices(), state.uptime());
      case SWAPS -> DiskFiles.swaps(state.swaps());
      case PARTITIONS -> DiskFiles.partitions(layer.blockDevices());
      case VERSION -> "Linux version " + state.release() + " (faultline) #1\n";
      case FILESYSTEMS -> fileSystems();
    };
  }

  private String memory() {
    SystemState.Memory m = state.memory();
    StringBuilder s = new StringBuilder();
    kib(s, "MemTotal", m.total());
    kib(s, "MemFree", m.free());
    kib(s, "MemAvailable", m.available());
    kib(s, "Buffers", 0);
    kib(s, "Cached", m.file());
    kib(s, "SwapCached", 0);
    kib(s, "Active", m.active());
    kib(s, "Inactive", m.inactive());
    kib(s, "Unevictable", m.wired());
    kib(s, "SwapTotal", m.swapTotal());
    kib(s, "SwapFree", m.swapFree());
    kib(s, "Dirty", m.dirty());
    kib(s, "AnonPages", m.anonymous());
    kib(s, "Mapped", m.mapped());
    kib(s, "Shmem", 0);
    kib(s, "Slab", 0);
    kib(s, "PageTables", m.tables());
    return s.toString();
  }

  private static void kib(StringBuilder to, String name, long pages) {
    to.append(String.format(Locale.ROOT, "%-15s %8d kB\n", name + ":", pages * KIB_PER_PAGE));
  }

  private String stat() {
    String times =
        " "
            + state.userTicks()
            + " 0 "
            + state.systemTicks()
            + " "
            + state.idleTicks()
            + " 0 0 0 0 0 0\n";
    StringBuilder s = new StringBuilder("cpu ").append(times);
    for (int cpu = 0; cpu < state.cpus(); cpu++) {
      s.append("cpu").append(cpu).append(times);
    }
    long booted = (layer.clock().now() - state.uptime()) / NANOS_PER_TICK / TICKS_PER_SECOND;
    s.append("intr 0\n");
    s.append("ctxt ").append(state.contextSwitches()).append('\n');
    s.append("btime ").append(booted).append('\n');
    s.append("processes ").append(state.forks()).append('\n');
    s.append("procs_running ").append(state.runnable()).append('\n');
    return s.append("procs_blocked 0\n").toString();
  }

  private String counters() {
    StringBuilder s = new StringBuilder();
    state.counters((name, value) -> s.append(name).append(' ').append(value).append('\n'));
    return s.toString();
  }

  /** A line per mounted file system, with paths from the real root. */
  static String mounts(FileLayer layer) {
    List<FileSystem> mounts = layer.mounts();
    StringBuilder s = new StringBuilder();
    for (FileSystem fs : mounts) {
      Vnode covered = fs.covered();
      Vnode top = mounts.getFirst().root();
      String path = covered == null ? "/" : FilePath.directoryPath(covered, top);
      s.append(fs.deviceName()).append(' ').append(path).append(' ').append(fs.typeName());
      s.append(fs.readOnly() ? " ro 0 0\n" : " rw 0 0\n");
    }
    return s.toString();
  }

  private String loads() {
    StringBuilder s = new StringBuilder();
    for (int load : state.loadAverages()) {
      s.append(hundredths(load)).append(' ');
    }
    s.append(state.runnable()).append('/').append(state.threads());
    return s.append(' ').append(state.lastPid()).append('\n').toString();
  }

  private String processors() {
    StringBuilder s = new StringBuilder();
    for (int cpu = 0; cpu < state.cpus(); cpu++) {
      s.append("processor\t: ").append(cpu).append('\n');
      s.append("vendor_id\t: GenuineIntel\n");
      s.append("cpu family\t: 6\n");
      s.append("model name\t: Faultline virtual i686\n");
      s.append("fpu\t\t: yes\n");
      s.append("wp\t\t: yes\n");
      s.append("flags\t\t: fpu pse tsc cx8 pge cmov\n\n");
    }
    return s.toString();
  }

  private String fileSystems() {
    StringBuilder s = new StringBuilder();
    for (FileSystem fs : layer.mounts()) {
      String line = "nodev\t" + fs.typeName() + "\n";
      if (s.indexOf(line) < 0) {
        s.append(line);
      }
    }
    return s.toString();
  }

  private static String hundredths(long value) {
    return String.format(Locale.ROOT, "%d.%02d", value / 100, value % 100);
  }
}
