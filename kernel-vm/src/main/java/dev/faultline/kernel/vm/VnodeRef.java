// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * What the virtual-memory system needs of the vnode behind a file's object. Only the locking
 * methods, {@link #unuse} and {@link #makeDurable} may sleep.
 */
public interface VnodeRef {
  /** Locks for reading; a thread that holds the lock in either mode may lock again (F19). */
  void lockShared();

  /** Undoes one {@link #lockShared}. */
  void unlockShared();

  /**
   * Locks for writing.
   *
   * @param deadline virtual nanoseconds after which to give up, or {@link
   *     dev.faultline.kernel.sched.Scheduler#NO_DEADLINE}
   * @return false if the deadline passed (D12)
   */
  boolean lockExclusive(long deadline);

  /** Undoes one {@link #lockExclusive}. */
  void unlockExclusive();

  /** One more user: a reference on the object holds the vnode too (F20, V1). */
  void use();

  /** One user fewer; the last one may let the vnode go, and may sleep for it. */
  void unuse();

  /** The object may have dirty pages: the syncer should visit it (F90). */
  void markObjectDirty();

  /**
   * Brings to the medium what was written to the file, and what is needed to find it there: a disk
   * may keep writes in a cache of its own. Called without the lock (M53, V24).
   *
   * @return false if that failed
   */
  default boolean makeDurable() {
    return true;
  }
}
