// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.pager.SwapArea;
import java.util.List;
import java.util.function.ObjLongConsumer;

/** The numbers of the whole machine that /proc shows. Ticks are hundredths of a second. */
public interface SystemState {
  /** Nanoseconds since the machine started. */
  long uptime();

  /** Ticks in which guest code ran. */
  long userTicks();

  /** Ticks in which the kernel ran. */
  long systemTicks();

  /** Ticks in which nothing ran. */
  long idleTicks();

  /** Number of virtual CPUs. */
  int cpus();

  /** Switches between threads. */
  long contextSwitches();

  /** Processes made since the start. */
  long forks();

  /** The id given out last. */
  int lastPid();

  /** Threads that could run now, this one included. */
  int runnable();

  /** All threads of all processes. */
  int threads();

  /** Load averages over one, five and fifteen minutes, in hundredths. */
  int[] loadAverages();

  /** The release, as uname tells it. */
  String release();

  /** The largest process id. */
  int maxPid();

  /** Pages of memory by use. */
  Memory memory();

  /** The disks of the swap space. */
  List<SwapArea> swaps();

  /** Tells every counter of the virtual-memory system by its name. */
  void counters(ObjLongConsumer<String> to);

  /**
   * Pages of memory by use.
   *
   * @param available what could be had without swap: free pages, and clean idle ones of files
   * @param file resident pages of files
   * @param wired pages that stay, those of the kernel among them
   * @param dirty pages of files that are to be written
   * @param tables page tables, and what else the kernel keeps for itself
   */
  record Memory(
      long total,
      long free,
      long available,
      long file,
      long active,
      long inactive,
      long wired,
      long dirty,
      long anonymous,
      long mapped,
      long tables,
      long swapTotal,
      long swapFree) {}
}
