// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.AttributeChange;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vnode;
import org.jspecify.annotations.Nullable;

/** What all files of an overlay have: attributes, and an end when name and users are gone. */
abstract class OverlayVnode extends Vnode {
  private static final int BLOCK = 4096;

  private int mode;
  private int uid;
  private int gid;
  private int links;
  private long atime;
  private long mtime;
  private long ctime;
  private boolean reclaimed;

  /** A file of the lower layer, or with its attributes still to be set. */
  OverlayVnode(OverlayFs fs, FileType type, long ino, @Nullable SourceNode lower) {
    super(fs, type, ino);
    links = 1;
    if (lower != null) {
      mode = lower.mode();
      atime = lower.modified();
      mtime = lower.modified();
      ctime = lower.modified();
    }
  }

  /** Makes it a new file of the guest's. */
  final void created(int newMode, int newUid, int newGid) {
    mode = newMode;
    uid = newUid;
    gid = newGid;
    long now = now();
    atime = now;
    mtime = now;
    ctime = now;
  }

  final OverlayFs overlay() {
    return (OverlayFs) fileSystem();
  }

  final long now() {
    return fileSystem().layer().clock().now();
  }

  @Override
  public final Stat stat() {
    long dev = fileSystem().device();
    int fullMode = type().modeBits() | mode;
    return new Stat(
        dev,
        ino(),
        fullMode,
        shownLinks(),
        uid,
        gid,
        rdev(),
        size(),
        BLOCK,
        blocks(),
        atime,
        mtime,
        ctime);
  }

  int shownLinks() {
    return links;
  }

  long rdev() {
    return 0;
  }

  long blocks() {
    return 0;
  }

  @Override
  public final int setAttributes(AttributeChange change) {
    if (change.mode() != AttributeChange.KEEP) {
      mode = change.mode();
    }
    if (change.uid() != AttributeChange.KEEP) {
      uid = change.uid();
    }
    if (change.gid() != AttributeChange.KEEP) {
      gid = change.gid();
    }
    if (change.atime() != AttributeChange.KEEP_TIME) {
      atime = change.atime();
    }
    if (change.mtime() != AttributeChange.KEEP_TIME) {
      mtime = change.mtime();
    }
    ctime = now();
    return 0;
  }

  /** Its contents have changed now. */
  final void modified() {
    mtime = now();
    ctime = mtime;
  }

  /** Its attributes or names have changed now. */
  final void changed() {
    ctime = now();
  }

  // ---- links and end -------------------------------------------------------------------------

  final int links() {
    return links;
  }

  final void addLink() {
    links++;
    changed();
  }

  final void removeLink() {
    links--;
    changed();
    reclaimIfGone();
  }

  @Override
  protected final void unused() {
    reclaimIfGone();
  }

  private void reclaimIfGone() {
    if (links == 0 && uses() == 0 && !reclaimed) {
      reclaimed = true;
      reclaim();
    }
  }

  /** True once nothing of it is left but what somebody still finds in his hands. */
  final boolean reclaimed() {
    return reclaimed;
  }

  /** Gives back what it took. May sleep. */
  void reclaim() {}
}
