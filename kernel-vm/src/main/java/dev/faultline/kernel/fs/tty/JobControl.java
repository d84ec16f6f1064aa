// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

/** What a terminal needs of the process groups. Called at interrupt time too: nothing may sleep. */
public interface JobControl {
  /** Sends a signal to every member of a group; nothing if there is no such group. */
  void signalGroup(int processGroup, int signal);

  /** True if the group has a member, and that is in the session. */
  boolean isGroupInSession(int processGroup, int session);
}
