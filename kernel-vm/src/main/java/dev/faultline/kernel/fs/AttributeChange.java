// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * Which attributes to set, and to what; the others keep their values. Times are nanoseconds since
 * 1970.
 */
public final class AttributeChange {
  /** Leave it. */
  public static final int KEEP = -1;

  /** Leave this time. */
  public static final long KEEP_TIME = Long.MIN_VALUE;

  private int mode = KEEP;
  private int uid = KEEP;
  private int gid = KEEP;
  private long atime = KEEP_TIME;
  private long mtime = KEEP_TIME;

  /** A change of nothing. */
  public AttributeChange() {}

  /** Sets the twelve bits of the mode. */
  public AttributeChange mode(int bits) {
    mode = bits & 0xFFF;
    return this;
  }

  /** Sets the owners; {@link #KEEP} leaves one. */
  public AttributeChange owner(int newUid, int newGid) {
    uid = newUid;
    gid = newGid;
    return this;
  }

  /** Sets the times; {@link #KEEP_TIME} leaves one. */
  public AttributeChange times(long access, long modification) {
    atime = access;
    mtime = modification;
    return this;
  }

  /** The mode's twelve bits, or {@link #KEEP}. */
  public int mode() {
    return mode;
  }

  /** The owner, or {@link #KEEP}. */
  public int uid() {
    return uid;
  }

  /** The group, or {@link #KEEP}. */
  public int gid() {
    return gid;
  }

  /** The access time, or {@link #KEEP_TIME}. */
  public long atime() {
    return atime;
  }

  /** The modification time, or {@link #KEEP_TIME}. */
  public long mtime() {
    return mtime;
  }
}
