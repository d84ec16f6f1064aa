// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.mmu.Page;
import java.util.Locale;

/** The texts of the files below /proc/N, in Linux's formats. */
final class ProcessFiles {
  private static final int DEFAULT_PRIORITY = 20;
  private static final int KIB_PER_PAGE = Page.SIZE / 1024;

  private ProcessFiles() {}

  /** The 52 fields of /proc/N/stat; those that mean nothing here are 0. */
  static String stat(ProcessInfo p) {
    long[] masks = p.signalMasks();
    StringBuilder s = new StringBuilder();
    s.append(p.pid()).append(" (").append(p.command()).append(") ").append(p.state());
    append(s, p.parent(), p.processGroup(), p.session(), p.terminal(), p.foregroundGroup());
    append(s, 0, p.minorFaults(), 0, p.majorFaults(), 0);
    append(s, p.userTicks(), p.systemTicks(), p.childUserTicks(), p.childSystemTicks());
    append(s, DEFAULT_PRIORITY + p.nice(), p.nice(), p.threads(), 0, p.startTicks());
    append(s, (long) p.virtualPages() * Page.SIZE, p.residentPages(), 0xFFFF_FFFFL);
    append(s, 0, 0, 0, 0, 0);
    append(s, low(masks[0]), low(masks[1]), low(masks[2]), low(masks[3]));
    append(s, 0, p.swapPages(), 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return s.append('\n').toString();
  }

  private static long low(long mask) {
    return mask & 0x7FFF_FFFFL;
  }

  private static void append(StringBuilder to, long... fields) {
    for (long field : fields) {
      to.append(' ').append(field);
    }
  }

  static String statm(ProcessInfo p) {
    return p.virtualPages() + " " + p.residentPages() + " 0 0 0 " + p.virtualPages() + " 0\n";
  }

  static String status(ProcessInfo p) {
    long[] masks = p.signalMasks();
    int uid = p.credentials().uid();
    int gid = p.credentials().gid();
    StringBuilder s = new StringBuilder();
    line(s, "Name", p.command());
    line(s, "State", p.state() + " (" + stateName(p.state()) + ")");
    line(s, "Tgid", p.pid());
    line(s, "Pid", p.pid());
    line(s, "PPid", p.parent());
    line(s, "Uid", uid + "\t" + uid + "\t" + uid + "\t" + uid);
    line(s, "Gid", gid + "\t" + gid + "\t" + gid + "\t" + gid);
    line(s, "VmSize", kib(p.virtualPages()));
    line(s, "VmRSS", kib(p.residentPages()));
    line(s, "VmSwap", kib(p.swapPages()));
    line(s, "Threads", p.threads());
    String[] names = {"SigPnd", "SigBlk", "SigIgn", "SigCgt"};
    for (int i = 0; i < names.length; i++) {
      line(s, names[i], String.format(Locale.ROOT, "%016x", masks[i]));
    }
    return s.toString();
  }

  private static void line(StringBuilder to, String name, Object value) {
    to.append(name).append(":\t").append(value).append('\n');
  }

  private static String kib(int pages) {
    return String.format(Locale.ROOT, "%8d kB", (long) pages * KIB_PER_PAGE);
  }

  private static String stateName(char state) {
    return switch (state) {
      case 'R' -> "running";
      case 'S' -> "sleeping";
      case 'D' -> "disk sleep";
      case 'T' -> "stopped";
      case 'Z' -> "zombie";
      default -> "unknown";
    };
  }
}
