// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import dev.faultline.devices.ConsoleLine;
import dev.faultline.devices.console.ByteRing;

/**
 * What the machine has written and where it stands: waiting for the client, and after that in the
 * scrollback. Between the machine's thread and the event loop's; every method takes the lock.
 *
 * <p>Without a client a byte goes into the scrollback at once, on the machine's thread: as long as
 * nobody connects, the machine's run does not depend on the host's threads.
 */
final class OutputBuffer {
  /** Bytes are reported as drained in portions of this size, to keep the number of events low. */
  private static final int PORTION = 512;

  private final ConsoleLine.Door door;
  private final ByteRing waiting;
  private final ByteRing scrollback;
  private boolean attached;
  private boolean flushing;
  private int unreported;

  OutputBuffer(ConsoleLine.Door door, int window, int scrollbackSize) {
    this.door = door;
    this.waiting = new ByteRing(window);
    this.scrollback = new ByteRing(scrollbackSize);
  }

  /** A byte from the machine; true if somebody must now call {@link #take}. */
  synchronized boolean write(byte value) {
    if (!attached) {
      scrollback.push(value);
      report(1);
      return false;
    }
    waiting.add(value);
    boolean mustFlush = !flushing;
    flushing = true;
    return mustFlush;
  }

  /** A client has come: what it has missed. From now on bytes wait. */
  synchronized byte[] attach() {
    attached = true;
    return scrollback.toArray();
  }

  /** For one who only looks on: what has gone to the scrollback so far. */
  synchronized byte[] history() {
    return scrollback.toArray();
  }

  /** Takes waiting bytes out; their number, 0 if the next {@link #write} is to tell of more. */
  synchronized int take(byte[] into) {
    int n = waiting.take(into);
    for (int i = 0; i < n; i++) {
      scrollback.push(into[i]);
    }
    if (n == 0) {
      flushing = false;
    }
    report(n);
    return n;
  }

  /** The client has gone: what waited for it is history. */
  synchronized void detach() {
    take(new byte[waiting.size()]);
    flushing = false;
    attached = false;
  }

  private void report(int count) {
    unreported += count;
    if (unreported >= PORTION) {
      door.drained(unreported);
      unreported = 0;
    }
  }
}
