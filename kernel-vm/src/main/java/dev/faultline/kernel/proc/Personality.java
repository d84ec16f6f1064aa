// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/** The operating system that guest programs believe in: its calls and its signal frames. */
public interface Personality {
  /**
   * Serves the system call that the thread has just issued; may sleep. Afterwards the registers
   * hold the result, and {@link GuestThread#interruptCall} has been told if a signal cut it short.
   */
  void systemCall(GuestThread thread);

  /**
   * Makes a thread run a handler when it is back in user code: saves the registers in a frame on
   * its stack and sets them for the handler.
   *
   * @param mask the blocked signals that are to be restored when the handler returns
   * @return false if the frame could not be written
   */
  boolean enterHandler(GuestThread thread, SignalInfo info, SignalAction action, long mask);

  /** A thread is about to end, its address space still there: lets its joiners know. */
  void threadExits(GuestThread thread);
}
