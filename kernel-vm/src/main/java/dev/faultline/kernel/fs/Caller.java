// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/** The process on whose behalf a file call runs, as far as files concern it. */
public interface Caller {
  /** Thread-group id. */
  int pid();

  /** The ids by which access is judged. */
  Credentials credentials();

  /** Root, working directory, umask. */
  FsContext context();

  /** Its open files. */
  FdTable descriptors();

  /** Its process group. */
  int processGroup();

  /** Its session. */
  int session();

  /** True if it leads its session, and so may take a controlling terminal. */
  default boolean leadsSession() {
    return pid() == session();
  }

  /** The controlling terminal of its session, if it has one: what /dev/tty opens. */
  @Nullable CharDevice controllingTerminal();

  /** Gives the caller's session a controlling terminal, or takes it away. */
  void setControllingTerminal(@Nullable CharDevice terminal);

  /** True if the calling thread blocks the signal or the process ignores it. */
  boolean blocksOrIgnores(int signal);

  /** True if no member of its process group has a parent in the session outside the group. */
  boolean inOrphanedGroup();
}
