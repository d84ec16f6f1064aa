// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.CharDevice;
import org.jspecify.annotations.Nullable;

/** A session: its number, which is its leader's pid, and its controlling terminal. */
final class Session {
  private final int id;
  private @Nullable CharDevice terminal;

  Session(int id) {
    this.id = id;
  }

  int id() {
    return id;
  }

  @Nullable CharDevice terminal() {
    return terminal;
  }

  void setTerminal(@Nullable CharDevice newTerminal) {
    terminal = newTerminal;
  }
}
