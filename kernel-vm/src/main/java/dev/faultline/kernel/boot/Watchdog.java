// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import java.util.concurrent.TimeUnit;

/**
 * Host-side limit of a run ({@code --timeout}): asks the machine to stop, and ends the process
 * itself if the machine cannot hear, because it waits for standard input for instance.
 */
final class Watchdog {
  private static final long GRACE_MILLIS = 2_000;

  private Watchdog() {}

  /**
   * Starts counting.
   *
   * @param seconds host seconds from now
   * @param askToStop called once, on another thread, when they are over
   */
  static void start(double seconds, Runnable askToStop) {
    Thread.ofPlatform()
        .daemon()
        .name("watchdog")
        .start(
            () -> {
              if (pause((long) (seconds * 1e9))) {
                askToStop.run();
                if (pause(TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS))) {
                  System.err.println("faultline: timed out after " + seconds + " s");
                  Runtime.getRuntime().halt(ExitStatus.TIMEOUT);
                }
              }
            });
  }

  private static boolean pause(long nanoseconds) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanoseconds);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
