// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** Where the vnodes of anonymous pipes live; it is mounted nowhere. */
final class PipeFs extends FileSystem {
  private static final int MAGIC = 0x50495045;

  private final PipeVnode root;
  private long lastIno;

  PipeFs(FileLayer layer) {
    super(layer, layer.newAnonymousDevice(), "pipefs");
    root = new PipeVnode(this, ++lastIno);
  }

  /** A vnode for a pipe, under the name that /proc shows. */
  FilePath newPath(Pipe pipe) {
    PipeVnode vnode = new PipeVnode(this, ++lastIno);
    vnode.setPipe(pipe);
    return new FilePath(vnode, null, "pipe:[" + vnode.ino() + "]");
  }

  @Override
  public Vnode root() {
    return root;
  }

  @Override
  public FileSystemStat stat() {
    return new FileSystemStat(MAGIC, 4096, 0, 0, 0, 0);
  }

  private static final class PipeVnode extends Vnode {
    private final long created;

    PipeVnode(PipeFs fs, long ino) {
      super(fs, FileType.FIFO, ino);
      created = fs.layer().clock().now();
    }

    @Override
    public Stat stat() {
      return new Stat(
          fileSystem().device(),
          ino(),
          FileType.FIFO.modeBits() | 0x180,
          1,
          0,
          0,
          0,
          0,
          4096,
          0,
          created,
          created,
          created);
    }
  }
}
