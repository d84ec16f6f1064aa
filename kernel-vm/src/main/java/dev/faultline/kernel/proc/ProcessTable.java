// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All processes and guest threads, by number. Processes and threads are numbered from one sequence,
 * ascending, and numbers in use as a pid, tid, process group or session are passed over.
 */
public final class ProcessTable {
  /** One more than the highest number. */
  public static final int PID_MAX = 32768;

  private static final int FIRST_PID_AFTER_WRAP = 300;

  private final int limit;
  private final TreeMap<Integer, Process> processes = new TreeMap<>();
  private final TreeMap<Integer, GuestThread> threads = new TreeMap<>();
  private int last;
  private long created;

  /**
   * An empty table.
   *
   * @param limit how many processes and, apart from them, how many threads there may be
   */
  ProcessTable(int limit) {
    this.limit = limit;
  }

  /** True if one more process with a thread may be made. */
  boolean hasRoom() {
    return processes.size() < limit && threads.size() < limit;
  }

  /** The most processes there may be. */
  public int limit() {
    return limit;
  }

  /** A number that nobody uses. */
  int newPid() {
    created++;
    do {
      last++;
      if (last >= PID_MAX) {
        last = FIRST_PID_AFTER_WRAP;
      }
    } while (inUse(last));
    return last;
  }

  private boolean inUse(int id) {
    if (processes.containsKey(id) || threads.containsKey(id)) {
      return true;
    }
    for (Process p : processes.values()) {
      if (p.processGroup() == id || p.session() == id) {
        return true;
      }
    }
    return false;
  }

  void add(Process process) {
    processes.put(process.pid(), process);
  }

  void remove(Process process) {
    processes.remove(process.pid());
  }

  void add(GuestThread thread) {
    threads.put(thread.tid(), thread);
  }

  void remove(GuestThread thread) {
    threads.remove(thread.tid());
  }

  /** The process of that number, zombies included. */
  public @Nullable Process process(int pid) {
    return processes.get(pid);
  }

  /** The thread of that number. */
  public @Nullable GuestThread thread(int tid) {
    return threads.get(tid);
  }

  /** All processes, by ascending pid, zombies included. */
  public List<Process> processes() {
    return new ArrayList<>(processes.values());
  }

  /** The members of a process group, by ascending pid, zombies included. */
  public List<Process> group(int processGroup) {
    List<Process> members = new ArrayList<>();
    for (Process p : processes.values()) {
      if (p.processGroup() == processGroup) {
        members.add(p);
      }
    }
    return members;
  }

  /** Number of threads. */
  public int threadCount() {
    return threads.size();
  }

  /** The number given out last. */
  public int lastPid() {
    return last;
  }

  /** Processes and threads made since the start. */
  public long created() {
    return created;
  }
}
