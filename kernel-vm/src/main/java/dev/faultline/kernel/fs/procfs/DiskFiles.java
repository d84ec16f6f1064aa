// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.BlockDevices;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.DiskStatistics;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.pager.SwapArea;
import dev.faultline.mmu.Page;
import java.util.List;
import java.util.Locale;

/** The texts of /proc/diskstats and /proc/partitions, in Linux's formats. */
final class DiskFiles {
  private static final long NANOS_PER_MILLISECOND = 1_000_000;
  private static final int BYTES_PER_BLOCK = 1024;
  private static final long KIB_PER_PAGE = Page.SIZE / 1024;

  private DiskFiles() {}

  /** A line for each disk; times in virtual milliseconds. Discards are always 0. */
  static String statistics(BlockDevices disks, long now) {
    StringBuilder text = new StringBuilder();
    for (RawDisk raw : disks.all()) {
      BlockDevice disk = raw.disk();
      DiskStatistics s = disk.statistics();
      text.append(String.format(Locale.ROOT, "%4d %7d %s", major(disk), minor(disk), disk.name()));
      transfers(text, s, Operation.READ);
      transfers(text, s, Operation.WRITE);
      text.append(' ').append(s.underWay());
      text.append(' ').append(s.busyTime(now) / NANOS_PER_MILLISECOND);
      text.append(' ').append(s.weightedTime(now) / NANOS_PER_MILLISECOND);
      text.append(" 0 0 0 0");
      text.append(' ').append(s.completed(Operation.FLUSH));
      text.append(' ').append(s.time(Operation.FLUSH) / NANOS_PER_MILLISECOND).append('\n');
    }
    return text.toString();
  }

  private static void transfers(StringBuilder to, DiskStatistics s, Operation operation) {
    to.append(' ').append(s.completed(operation));
    to.append(' ').append(s.merged(operation));
    to.append(' ').append(s.sectors(operation));
    to.append(' ').append(s.time(operation) / NANOS_PER_MILLISECOND);
  }

  /** A heading and a line for each disk; sizes in KiB. */
  static String partitions(BlockDevices disks) {
    if (disks.all().isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder("major minor  #blocks  name\n\n");
    for (RawDisk raw : disks.all()) {
      BlockDevice disk = raw.disk();
      text.append(
          String.format(
              Locale.ROOT,
              "%4d  %7d %10d %s\n",
              major(disk),
              minor(disk),
              raw.size() / BYTES_PER_BLOCK,
              disk.name()));
    }
    return text.toString();
  }

  /** A heading and a line for each swap disk; sizes in KiB. All have the same priority. */
  static String swaps(List<SwapArea> areas) {
    StringBuilder text = new StringBuilder("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    for (SwapArea area : areas) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-39s %s\t%d\t\t%d\t\t-2\n",
              area.name(),
              area.isFile() ? "file\t" : "partition",
              area.pages() * KIB_PER_PAGE,
              area.used() * KIB_PER_PAGE));
    }
    return text.toString();
  }

  private static int major(BlockDevice disk) {
    return disk.number() >>> 8;
  }

  private static int minor(BlockDevice disk) {
    return disk.number() & 0xFF;
  }
}
