// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/**
 * Brings bytes to a stream of the host's on a thread of its own, as soon as they are there, without
 * a system call for each.
 *
 * <p>What does not fit its buffer waits for the host: {@link #write} blocks, the whole machine
 * stands still, and nothing inside it can tell. If the stream fails, a warning is logged once and
 * all further output is dropped.
 */
final class OutputPump implements AutoCloseable {
  private static final int CAPACITY = 64 << 10;
  private static final int CHUNK = 8 << 10;
  private static final long CLOSE_SECONDS = 5;
  private static final System.Logger LOG = System.getLogger(OutputPump.class.getName());

  private final String name;
  private final OutputStream out;
  private final Thread thread;
  private final ByteRing waiting = new ByteRing(CAPACITY);
  private boolean idle;
  private boolean closing;
  private boolean failed;

  /** A pump that works at once. It does not close the stream. */
  OutputPump(String name, OutputStream out) {
    this.name = name;
    this.out = out;
    this.thread = Thread.ofPlatform().daemon().name(name + "-output").unstarted(this::run);
    thread.start();
  }

  /** Takes a byte, from any thread; after {@link #close} it is lost. */
  synchronized void write(byte value) {
    boolean interrupted = false;
    while (waiting.room() == 0 && !failed && !closing) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (!failed && !closing) {
      waiting.add(value);
      if (idle) {
        notifyAll();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes out what is there, but does not wait for ever for a host that takes nothing. */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    try {
      boolean _ = thread.join(Duration.ofSeconds(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    byte[] chunk = new byte[CHUNK];
    try {
      for (int n = next(chunk); n > 0; n = next(chunk)) {
        out.write(chunk, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "output of " + name + " is lost from here on", e);
      fail();
    }
  }

  /** Waits for output; 0 at the end. */
  private synchronized int next(byte[] chunk) {
    while (waiting.size() == 0 && !closing) {
      idle = true;
      try {
        wait();
      } catch (InterruptedException e) {
        return 0; // Nobody has this thread's handle.
      } finally {
        idle = false;
      }
    }
    int n = waiting.take(chunk);
    notifyAll();
    return n;
  }

  private synchronized void fail() {
    failed = true;
    notifyAll();
  }
}
