// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Device;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.vm.MappingUsage;
import dev.faultline.mmu.Page;
import java.util.Locale;

/** The texts of /proc/N/maps and /proc/N/smaps, in Linux's formats. */
final class MappingFiles {
  private static final int PATH_COLUMN = 49;
  private static final int KIB = 1024;

  private MappingFiles() {}

  /** A line per mapping, with paths as seen from {@code root}. */
  static String maps(ProcessInfo p, Vnode root) {
    StringBuilder s = new StringBuilder();
    for (ProcessInfo.Mapping m : p.mappings()) {
      line(s, m, root);
    }
    return s.toString();
  }

  /** The same lines, each followed by what the mapping holds. */
  static String smaps(ProcessInfo p, Vnode root) {
    StringBuilder s = new StringBuilder();
    for (ProcessInfo.Mapping m : p.mappings()) {
      line(s, m, root);
      MappingUsage u = p.usage(m.start(), m.end());
      size(s, "Size", Integer.toUnsignedLong(m.end() - m.start()));
      size(s, "KernelPageSize", Page.SIZE);
      size(s, "MMUPageSize", Page.SIZE);
      pages(s, "Rss", u.resident());
      size(s, "Pss", u.proportional());
      pages(s, "Shared_Clean", u.shared() - u.sharedDirty());
      pages(s, "Shared_Dirty", u.sharedDirty());
      pages(s, "Private_Clean", u.owned() - u.ownedDirty());
      pages(s, "Private_Dirty", u.ownedDirty());
      pages(s, "Referenced", u.referenced());
      pages(s, "Anonymous", u.anonymous());
      pages(s, "Swap", u.swapped());
    }
    return s.toString();
  }

  private static void pages(StringBuilder to, String name, int pages) {
    size(to, name, (long) pages * Page.SIZE);
  }

  private static void size(StringBuilder to, String name, long bytes) {
    to.append(String.format(Locale.ROOT, "%-16s%8d kB\n", name + ":", bytes / KIB));
  }

  private static void line(StringBuilder s, ProcessInfo.Mapping m, Vnode root) {
    int lineStart = s.length();
    FilePath file = m.file();
    long dev = 0;
    long ino = 0;
    if (file != null) {
      Stat stat = file.vnode().stat();
      dev = stat.dev();
      ino = stat.ino();
    }
    s.append(
        String.format(
            Locale.ROOT,
            "%08x-%08x %s %08x %02x:%02x %d ",
            m.start(),
            m.end(),
            m.rights(),
            m.offset(),
            Device.major(dev),
            Device.minor(dev),
            ino));
    String label = file == null ? m.label() : file.render(root);
    if (!label.isEmpty()) {
      while (s.length() - lineStart < PATH_COLUMN) {
        s.append(' ');
      }
      s.append(label);
    }
    s.append('\n');
  }
}
