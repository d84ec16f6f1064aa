// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * Takes the entries of a directory one by one. The directory is locked meanwhile: no user memory
 * may be touched here (V35).
 */
@FunctionalInterface
public interface DirectorySink {
  /**
   * Takes one entry.
   *
   * @param nextCookie where to go on after it
   * @return false if there was no room: the entry is not taken, and reading stops before it
   */
  boolean entry(String name, long ino, FileType type, long nextCookie);
}
