// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The processes, as /proc sees them. */
public interface ProcessTable {
  /** The process with that id, zombies included; null if there is none. */
  @Nullable ProcessInfo find(int pid);

  /** The ids of all processes, ascending. */
  List<Integer> pids();
}
