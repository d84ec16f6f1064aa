// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Signals that wait to be delivered, to a thread or to any thread of a process. An ordinary signal
 * waits once however often it was sent; real-time ones are queued, in order, up to a limit.
 */
public final class PendingSignals {
  /** The most that wait at one place. */
  static final int LIMIT = 1024;

  private final List<SignalInfo> queue = new ArrayList<>();
  private long mask;

  PendingSignals() {}

  /** The signals that wait, as a mask. */
  public long mask() {
    return mask;
  }

  /** Adds a signal; false if the queue is full. */
  boolean add(SignalInfo info) {
    int signal = info.signal();
    long bit = Signal.bit(signal);
    if (signal < Signal.FIRST_QUEUED && (mask & bit) != 0) {
      return true;
    }
    if (queue.size() >= LIMIT && signal >= Signal.FIRST_QUEUED) {
      return false;
    }
    queue.add(info);
    mask |= bit;
    return true;
  }

  /** Takes out the next signal among {@code wanted}: faults first, then by number; or null. */
  @Nullable SignalInfo take(long wanted) {
    long candidates = mask & wanted;
    if (candidates == 0) {
      return null;
    }
    if ((candidates & Signal.SYNCHRONOUS) != 0) {
      candidates &= Signal.SYNCHRONOUS;
    }
    int signal = Long.numberOfTrailingZeros(candidates) + 1;
    SignalInfo taken = null;
    boolean more = false;
    for (int i = 0; i < queue.size(); i++) {
      if (queue.get(i).signal() == signal) {
        if (taken == null) {
          taken = queue.remove(i--);
        } else {
          more = true;
        }
      }
    }
    if (!more) {
      mask &= ~Signal.bit(signal);
    }
    return taken;
  }

  /** Drops the signals of {@code which}. */
  void discard(long which) {
    if ((mask & which) != 0) {
      queue.removeIf(i -> (Signal.bit(i.signal()) & which) != 0);
      mask &= ~which;
    }
  }
}
