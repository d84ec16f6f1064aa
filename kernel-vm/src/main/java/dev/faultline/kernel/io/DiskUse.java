// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

/**
 * Who uses a disk: one owner that has all of it, as a mounted file system or swap space does, or
 * any number of device files that are open for writing. Never both, since neither would know what
 * the other writes. Reading is everybody's.
 *
 * <p>Threading: under the kernel token; nothing here sleeps.
 */
public final class DiskUse {
  /** What the owner has changed in memory and not written yet. */
  @FunctionalInterface
  public interface Changes {
    /**
     * Puts it over bytes that were just read from the disk. Never sleeps.
     *
     * @param position on the disk, of the first byte
     */
    void putOver(long position, byte[] bytes, int offset, int length);
  }

  private static final Changes NONE = (position, bytes, offset, length) -> {};

  private boolean owned;
  private int writers;
  private Changes changes = NONE;

  /** A disk that nobody uses. */
  public DiskUse() {}

  /** Takes the disk for an owner; false if it has one, or is open for writing. */
  public boolean own() {
    if (owned || writers > 0) {
      return false;
    }
    owned = true;
    return true;
  }

  /** The owner lets go. */
  public void disown() {
    owned = false;
    changes = NONE;
  }

  /** True while it has an owner. */
  public boolean isOwned() {
    return owned;
  }

  /** The owner names what it has not written yet. */
  public void setChanges(Changes newChanges) {
    changes = newChanges;
  }

  /** What the disk does not show. */
  Changes changes() {
    return changes;
  }

  /** One more device file that writes; false if the disk has an owner. */
  public boolean addWriter() {
    if (owned) {
      return false;
    }
    writers++;
    return true;
  }

  /** One fewer. */
  public void removeWriter() {
    writers--;
  }
}
