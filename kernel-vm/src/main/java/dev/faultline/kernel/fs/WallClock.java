// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** The time of day that files are stamped with: an input of the run, never the host's own. */
@FunctionalInterface
public interface WallClock {
  /** Nanoseconds since 1970. */
  long now();
}
