// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vnode;

/** A file below /proc: made when looked up, equal to any other of the same number. */
abstract class ProcVnode extends Vnode {
  private final int rights;
  private final Credentials owner;

  ProcVnode(ProcFs fs, FileType type, long ino, int rights, Credentials owner) {
    super(fs, type, ino);
    this.rights = rights;
    this.owner = owner;
  }

  final ProcFs proc() {
    return (ProcFs) fileSystem();
  }

  @Override
  public final Stat stat() {
    long now = fileSystem().layer().clock().now();
    int links = type() == FileType.DIR ? 2 : 1;
    return new Stat(
        fileSystem().device(),
        ino(),
        type().modeBits() | rights,
        links,
        owner.uid(),
        owner.gid(),
        0,
        0,
        1024,
        0,
        now,
        now,
        now);
  }
}
