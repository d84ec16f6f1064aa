// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import java.util.ArrayList;
import java.util.List;

/** Those who wait for something to become readable or writable. */
public final class PollHead {
  private final List<Poller> waiting = new ArrayList<>();

  /** A head with nobody waiting. */
  public PollHead() {}

  /** Wakes everybody who waits; they look again. Called whenever readiness may have changed. */
  public void wake() {
    for (int i = 0; i < waiting.size(); i++) {
      waiting.get(i).ready();
    }
  }

  void add(Poller poller) {
    waiting.add(poller);
  }

  void remove(Poller poller) {
    waiting.remove(poller);
  }
}
