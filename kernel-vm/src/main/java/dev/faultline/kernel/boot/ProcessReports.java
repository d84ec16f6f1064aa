// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.procfs.ProcessInfo;
import dev.faultline.kernel.fs.procfs.ProcessTable;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.proc.ProcessSystem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The processes as /proc wants to see them. */
final class ProcessReports implements ProcessTable {
  private final ProcessSystem processes;

  ProcessReports(ProcessSystem processes) {
    this.processes = processes;
  }

  @Override
  public @Nullable ProcessInfo find(int pid) {
    Process process = processes.table().process(pid);
    return process == null ? null : new ProcessReport(process);
  }

  @Override
  public List<Integer> pids() {
    return processes.table().processes().stream().map(Process::pid).sorted().toList();
  }
}
