// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FsContext;
import dev.faultline.kernel.vm.MappingUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One process, as /proc shows it. Ticks are hundredths of a second. */
public interface ProcessInfo {
  /** Its number. */
  int pid();

  /** Its parent's. */
  int parent();

  /** Its process group. */
  int processGroup();

  /** Its session. */
  int session();

  /** Device number of its controlling terminal, or 0. */
  long terminal();

  /** Foreground group of that terminal, or -1. */
  int foregroundGroup();

  /** R running, S sleeping, D waiting for a disk, T stopped, Z dead but not waited for. */
  char state();

  /** The name of its program, 15 bytes at most. */
  String command();

  /** Its arguments, each ended by a zero byte; empty for a zombie. */
  byte[] commandLine();

  /** Its program; null if it has none. */
  @Nullable FilePath executable();

  /** Its root and working directory; null for a zombie. */
  @Nullable FsContext context();

  /** Its descriptors; null for a zombie. */
  @Nullable FdTable descriptors();

  /** Its effective ids. */
  Credentials credentials();

  /** Number of its threads. */
  int threads();

  /** Nice value. */
  int nice();

  /** Faults without I/O, its own. */
  long minorFaults();

  /** Faults with I/O, its own. */
  long majorFaults();

  /** User time in ticks, its own. */
  long userTicks();

  /** System time in ticks, its own. */
  long systemTicks();

  /** User time of children waited for, in ticks. */
  long childUserTicks();

  /** System time of children waited for, in ticks. */
  long childSystemTicks();

  /** When it began, in ticks since the machine started. */
  long startTicks();

  /** Mapped pages. */
  int virtualPages();

  /** Resident pages. */
  int residentPages();

  /** Pages on swap. */
  int swapPages();

  /** Masks of the signals that are pending, blocked, ignored, caught, in this order. */
  long[] signalMasks();

  /** Its mappings, lowest first; empty for a zombie. */
  List<Mapping> mappings();

  /** How the memory between two byte addresses, the ends of a mapping, is used. */
  MappingUsage usage(int start, int end);

  /**
   * A line of /proc/N/maps.
   *
   * @param rights four characters, such as {@code r-xp}
   * @param offset in bytes, of the first page in the file
   * @param file what is mapped; null for anonymous memory
   * @param label what to show instead, such as {@code [heap]}; may be empty
   */
  record Mapping(
      int start, int end, String rights, long offset, @Nullable FilePath file, String label) {}
}
