// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The vnodes of a file system. Those used last are kept, with their pages, up to a limit; beyond it
 * the ones that nobody uses are let go in the order of their last use.
 *
 * <p>A vnode that was let go may still be in the hands of a thread that found it and has not held
 * it yet. Weak references see to it that there is one vnode for an inode nevertheless; whether the
 * host's collector was faster shows nowhere, since an inode that is not among those kept is read
 * again in either case.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
final class InodeCache {
  private final int limit;
  private final Map<Long, WeakReference<Ext2Vnode>> known = new HashMap<>();
  private final Map<Long, Ext2Vnode> kept = new LinkedHashMap<>(16, 0.75f, true);
  private int sinceSweep;

  InodeCache(int limit) {
    this.limit = limit;
  }

  /** One that is kept; null if it is to be read. */
  @Nullable Ext2Vnode kept(long ino) {
    return kept.get(ino);
  }

  /** One that somebody still has; null if there is none. */
  @Nullable Ext2Vnode known(long ino) {
    WeakReference<Ext2Vnode> reference = known.get(ino);
    return reference == null ? null : reference.get();
  }

  /** Keeps a vnode, as the one used last. */
  void keep(Ext2Vnode vnode) {
    if (kept.put(vnode.ino(), vnode) == null && known(vnode.ino()) != vnode) {
      known.put(vnode.ino(), new WeakReference<>(vnode));
      if (++sinceSweep > limit) {
        sinceSweep = 0;
        known.values().removeIf(r -> r.get() == null);
      }
    }
  }

  /** The inode is free: its next user gets a vnode of its own. */
  void remove(Ext2Vnode vnode) {
    kept.remove(vnode.ino(), vnode);
    if (known(vnode.ino()) == vnode) {
      known.remove(vnode.ino());
    }
  }

  /** Lets a vnode go that was to be, and is still unused. */
  void letGo(Ext2Vnode vnode) {
    kept.remove(vnode.ino(), vnode);
  }

  /** Those that are one too many and used by nobody, the longest unused first. */
  List<Ext2Vnode> excess() {
    int excess = kept.size() - limit;
    List<Ext2Vnode> unused = new ArrayList<>();
    for (Ext2Vnode v : kept.values()) {
      if (unused.size() >= excess) {
        break;
      }
      if (v.uses() == 0) {
        unused.add(v);
      }
    }
    return unused;
  }

  /** All that are kept. */
  List<Ext2Vnode> all() {
    return List.copyOf(kept.values());
  }

  int size() {
    return kept.size();
  }
}
