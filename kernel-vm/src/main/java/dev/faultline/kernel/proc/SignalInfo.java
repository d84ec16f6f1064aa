// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/**
 * A signal and where it comes from: what a handler that asks for it is told.
 *
 * @param signal its number
 * @param code why: one of the constants here, or a fault's or child's own
 * @param pid who sent it, or which child changed
 * @param uid of the sender or child
 * @param value a child's status; a queued signal's value; a fault's address
 * @param userTime a child's user time in clock ticks, likewise {@code systemTime}
 */
public record SignalInfo(
    int signal, int code, int pid, int uid, int value, int userTime, int systemTime) {
  /** Code: sent by kill. */
  public static final int USER = 0;

  /** Code: sent by sigqueue. */
  public static final int QUEUE = -1;

  /** Code: a timer ran out. */
  public static final int TIMER = -2;

  /** Code: sent to one thread. */
  public static final int THREAD = -6;

  /** Code: sent by the kernel. */
  public static final int KERNEL = 0x80;

  /** Code of SIGSEGV: nothing is mapped there. */
  public static final int NOT_MAPPED = 1;

  /** Code of SIGSEGV: the rights refuse. */
  public static final int NO_RIGHT = 2;

  /** Code of SIGBUS: there is no such memory behind the mapping. */
  public static final int NO_MEMORY_BEHIND = 2;

  /** Code of SIGCHLD: it ended by itself. */
  public static final int EXITED = 1;

  /** Code of SIGCHLD: a signal ended it. */
  public static final int KILLED = 2;

  /** Code of SIGCHLD: it stopped. */
  public static final int STOPPED = 5;

  /** Code of SIGCHLD: it goes on. */
  public static final int CONTINUED = 6;

  /** A signal that the kernel sends for a reason that needs no words. */
  public static SignalInfo fromKernel(int signal) {
    return new SignalInfo(signal, KERNEL, 0, 0, 0, 0, 0);
  }

  /** A signal that a process sends. */
  public static SignalInfo fromProcess(int signal, int code, int pid, int uid, int value) {
    return new SignalInfo(signal, code, pid, uid, value, 0, 0);
  }

  /** A signal that a fault raises. */
  public static SignalInfo fault(int signal, int code, int address) {
    return new SignalInfo(signal, code, 0, 0, address, 0, 0);
  }

  /** True if the fields name a sender or child, not a fault's address. */
  public boolean hasSender() {
    return code <= 0 || signal == Signal.CHLD;
  }
}
