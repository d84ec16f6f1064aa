// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** Counts the open files of the whole system against a limit. */
public final class FileTable {
  /** How many a machine may have open at a time. */
  public static final int DEFAULT_LIMIT = 8192;

  private final int limit;
  private int open;

  FileTable(int limit) {
    this.limit = limit;
  }

  /** True if {@code more} files may be opened; else the call fails with -ENFILE. */
  public boolean hasRoomFor(int more) {
    return open + more <= limit;
  }

  /** Files open now. */
  public int count() {
    return open;
  }

  /** The limit. */
  public int limit() {
    return limit;
  }

  void opened() {
    open++;
  }

  void closed() {
    open--;
  }
}
