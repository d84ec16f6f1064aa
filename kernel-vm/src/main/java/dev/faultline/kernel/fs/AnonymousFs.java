// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/** Where the vnodes of things without a name live: pipes, streams of the host. Mounted nowhere. */
public final class AnonymousFs extends FileSystem {
  private final int magic;
  private final Vnode root;
  private long lastIno;

  /** An empty one. */
  public AnonymousFs(FileLayer layer, String typeName, int magic) {
    super(layer, layer.newAnonymousDevice(), typeName);
    this.magic = magic;
    root = new AnonymousVnode(this, FileType.DIR, ++lastIno, 0x140, null);
  }

  /**
   * A vnode under the name that /proc shows: {@code label:[ino]}.
   *
   * @param mode rights
   * @param opener what opens it again; null for the type's usual way
   */
  public FilePath newPath(FileType type, int mode, String label, @Nullable CharDevice opener) {
    Vnode vnode = new AnonymousVnode(this, type, ++lastIno, mode, opener);
    return new FilePath(vnode, null, label + ":[" + vnode.ino() + "]");
  }

  @Override
  public Vnode root() {
    return root;
  }

  @Override
  public FileSystemStat stat() {
    return new FileSystemStat(magic, 4096, 0, 0, 0, 0);
  }

  private static final class AnonymousVnode extends Vnode {
    private final int mode;
    private final @Nullable CharDevice opener;
    private final long created;

    AnonymousVnode(
        AnonymousFs fs, FileType type, long ino, int rights, @Nullable CharDevice opener) {
      super(fs, type, ino);
      mode = type.modeBits() | rights;
      this.opener = opener;
      created = fs.layer().clock().now();
    }

    @Override
    public Stat stat() {
      long dev = fileSystem().device();
      return new Stat(dev, ino(), mode, 1, 0, 0, 0, 0, 4096, 0, created, created, created);
    }

    @Override
    public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
      return opener == null ? super.open(caller, path, flags) : opener.open(caller, path, flags);
    }
  }
}
