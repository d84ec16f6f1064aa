// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.DirectorySink;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.sched.KernelPanic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory: what the lower layer lists, once, and what the guest has made of it since.
 *
 * <p>Each entry has a position that it keeps while it is here, and later ones get higher positions:
 * a listing that goes on behind a position skips nothing, whatever is removed meanwhile.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
final class OverlayDirectory extends OverlayVnode {
  private static final long DOT = 1;
  private static final long DOT_DOT = 2;

  /** A name here; the vnode is made when it is first looked up. */
  private static final class Entry {
    String name;
    long position;
    final FileType type;
    final long ino;
    final @Nullable SourceNode lower;
    @Nullable OverlayVnode vnode;

    Entry(String name, FileType type, long ino, @Nullable SourceNode lower) {
      this.name = name;
      this.type = type;
      this.ino = ino;
      this.lower = lower;
    }

    Entry(String name, OverlayVnode vnode) {
      this(name, vnode.type(), vnode.ino(), null);
      this.vnode = vnode;
    }
  }

  private final Map<String, Entry> names = new HashMap<>();
  private final TreeMap<Long, Entry> positions = new TreeMap<>();
  private final boolean fromBelow;
  private @Nullable SourceNode unlisted;
  private @Nullable OverlayDirectory parent;
  private long lastPosition = DOT_DOT;

  /** Those that came and went since the listing: shown only where nothing was listed. */
  private int subdirectories;

  private boolean removed;

  /** A directory of the lower layer, or a new one; a null parent makes it the root. */
  OverlayDirectory(
      OverlayFs fs, long ino, @Nullable OverlayDirectory parent, @Nullable SourceNode lower) {
    super(fs, FileType.DIR, ino, lower);
    this.parent = parent;
    unlisted = lower;
    fromBelow = lower != null;
  }

  @Override
  int shownLinks() {
    if (removed) {
      return 0;
    }
    return fromBelow ? 1 : 2 + subdirectories;
  }

  @Override
  public long size() {
    return 4096;
  }

  /** Lists the lower layer, the first time. */
  private int load() {
    SourceNode lower = unlisted;
    if (lower == null) {
      return 0;
    }
    Result<List<SourceNode.Entry>> list = lower.list();
    if (!list.isOk()) {
      return list.error();
    }
    for (SourceNode.Entry below : list.value()) {
      if (!overlay().space().addName(below.name())) {
        // Nothing half-listed may stay.
        names.keySet().forEach(overlay().space()::removeName);
        names.clear();
        positions.clear();
        return -Errno.ENOSPC;
      }
      insert(new Entry(below.name(), below.node().type(), overlay().newIno(), below.node()));
    }
    unlisted = null;
    return 0;
  }

  private void insert(Entry entry) {
    entry.position = ++lastPosition;
    names.put(entry.name, entry);
    positions.put(entry.position, entry);
  }

  private void delete(Entry entry) {
    names.remove(entry.name);
    positions.remove(entry.position);
    overlay().space().removeName(entry.name);
  }

  private OverlayVnode vnodeOf(Entry entry) {
    OverlayVnode vnode = entry.vnode;
    if (vnode == null) {
      SourceNode lower = entry.lower;
      if (lower == null) {
        throw new KernelPanic("an entry without a file: " + entry.name);
      }
      vnode =
          switch (entry.type) {
            case DIR -> new OverlayDirectory(overlay(), entry.ino, this, lower);
            case REG -> new OverlayFile(overlay(), entry.ino, lower);
            case LNK -> new OverlaySymlink(overlay(), entry.ino, lower, lower.target());
            default -> throw new KernelPanic("a lower layer has no " + entry.type);
          };
      entry.vnode = vnode;
    }
    return vnode;
  }

  // ---- looking -------------------------------------------------------------------------------

  @Override
  public Result<Vnode> lookup(String name) {
    if (name.equals(".")) {
      return Result.of(this);
    }
    if (name.equals("..")) {
      return Result.of(parent == null ? this : parent);
    }
    int error = load();
    if (error != 0) {
      return Result.failure(error);
    }
    Entry entry = names.get(name);
    return entry == null ? Result.failure(Errno.ENOENT) : Result.of(vnodeOf(entry));
  }

  @Override
  public @Nullable String nameOf(Vnode child) {
    for (Entry entry : positions.values()) {
      if (entry.vnode == child) {
        return entry.name;
      }
    }
    return null;
  }

  @Override
  public boolean isEmptyDirectory() {
    return load() == 0 && names.isEmpty();
  }

  @Override
  public int readDirectory(long cookie, DirectorySink sink) {
    int error = load();
    if (error != 0) {
      return error;
    }
    if (removed) {
      return 0;
    }
    if (cookie < DOT && !sink.entry(".", ino(), FileType.DIR, DOT)) {
      return 0;
    }
    long above = parent == null ? ino() : parent.ino();
    if (cookie < DOT_DOT && !sink.entry("..", above, FileType.DIR, DOT_DOT)) {
      return 0;
    }
    for (Entry e : positions.tailMap(Math.max(cookie, DOT_DOT), false).values()) {
      if (!sink.entry(e.name, e.ino, e.type, e.position)) {
        return 0;
      }
    }
    return 0;
  }

  // ---- making --------------------------------------------------------------------------------

  @Override
  public Result<Vnode> create(
      String name, FileType newType, int mode, long rdev, int uid, int gid) {
    int error = admit(name);
    if (error != 0) {
      return Result.failure(error);
    }
    long ino = overlay().newIno();
    OverlayVnode vnode =
        switch (newType) {
          case DIR -> new OverlayDirectory(overlay(), ino, this, null);
          case REG -> new OverlayFile(overlay(), ino, null);
          case CHR, BLK, SOCK, FIFO -> new OverlaySpecial(overlay(), newType, ino, rdev);
          case LNK -> throw new KernelPanic("a link is made by symlink");
        };
    vnode.created(mode, uid, gid);
    if (newType == FileType.DIR) {
      subdirectories++;
    }
    insert(new Entry(name, vnode));
    modified();
    return Result.of(vnode);
  }

  @Override
  public Result<Vnode> symlink(String name, String target, int uid, int gid) {
    int error = admit(name);
    if (error != 0) {
      return Result.failure(error);
    }
    if (!overlay().space().addName(target)) {
      overlay().space().removeName(name);
      return Result.failure(Errno.ENOSPC);
    }
    OverlayVnode vnode = new OverlaySymlink(overlay(), overlay().newIno(), null, target);
    vnode.created(0x1FF, uid, gid);
    insert(new Entry(name, vnode));
    modified();
    return Result.of(vnode);
  }

  @Override
  public int link(Vnode file, String name) {
    if (!(file instanceof OverlayVnode vnode) || vnode.links() == 0) {
      return -Errno.ENOENT;
    }
    int error = admit(name);
    if (error == 0) {
      vnode.addLink();
      insert(new Entry(name, vnode));
      modified();
    }
    return error;
  }

  /** Takes room for a new name. */
  private int admit(String name) {
    int error = load();
    if (error != 0) {
      return error;
    }
    if (removed) {
      return -Errno.ENOENT;
    }
    if (names.containsKey(name)) {
      return -Errno.EEXIST;
    }
    return overlay().space().addName(name) ? 0 : -Errno.ENOSPC;
  }

  // ---- removing and moving -------------------------------------------------------------------

  @Override
  public int unlink(String name) {
    int error = load();
    Entry entry = names.get(name);
    if (error != 0 || entry == null) {
      return error != 0 ? error : -Errno.ENOENT;
    }
    if (entry.type == FileType.DIR) {
      return -Errno.EISDIR;
    }
    OverlayVnode vnode = vnodeOf(entry);
    delete(entry);
    modified();
    vnode.removeLink();
    return 0;
  }

  @Override
  public int rmdir(String name) {
    int error = load();
    Entry entry = names.get(name);
    if (error != 0 || entry == null) {
      return error != 0 ? error : -Errno.ENOENT;
    }
    if (!(vnodeOf(entry) instanceof OverlayDirectory directory)) {
      return -Errno.ENOTDIR;
    }
    error = directory.load();
    if (error != 0) {
      return error;
    }
    if (!directory.names.isEmpty()) {
      return -Errno.ENOTEMPTY;
    }
    delete(entry);
    remove(directory);
    modified();
    return 0;
  }

  private void remove(OverlayDirectory directory) {
    directory.removed = true;
    subdirectories--;
    directory.removeLink();
  }

  @Override
  public int rename(String from, Vnode toDirectory, String to) {
    if (!(toDirectory instanceof OverlayDirectory target)) {
      return -Errno.EXDEV;
    }
    int error = load();
    if (error == 0) {
      error = target.load();
    }
    Entry moved = names.get(from);
    if (error != 0 || moved == null) {
      return error != 0 ? error : -Errno.ENOENT;
    }
    if (target.removed) {
      return -Errno.ENOENT;
    }
    if (!overlay().space().addName(to)) {
      return -Errno.ENOSPC;
    }
    OverlayVnode vnode = vnodeOf(moved);
    Entry replaced = target.names.get(to);
    OverlayVnode gone = null;
    if (replaced != null) {
      gone = target.vnodeOf(replaced);
      target.delete(replaced);
    }
    delete(moved);
    moveEntry(moved, target, to);
    if (vnode instanceof OverlayDirectory directory && directory.parent != target) {
      directory.parent = target;
      subdirectories--;
      target.subdirectories++;
    }
    modified();
    target.modified();
    vnode.changed();
    if (gone instanceof OverlayDirectory directory) {
      target.remove(directory);
    } else if (gone != null) {
      gone.removeLink();
    }
    return 0;
  }

  /**
   * Puts an entry in under its new name: in the same directory at its old position, so that whoever
   * renames while listing does not meet it again.
   */
  private void moveEntry(Entry entry, OverlayDirectory target, String to) {
    entry.name = to;
    if (target == this) {
      names.put(to, entry);
      positions.put(entry.position, entry);
    } else {
      target.insert(entry);
    }
  }
}
