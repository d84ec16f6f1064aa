// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.CharDevice;
import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.FsContext;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.Permissions;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import org.jspecify.annotations.Nullable;

/** The kernel itself as one who looks files up, before there is a process. */
final class BootCaller implements Caller {
  private final FsContext context;
  private final FdTable descriptors = new FdTable();

  BootCaller(Vnode root) {
    context = new FsContext(root, root, 0);
  }

  /** The directory of that path; null if there is none. */
  @Nullable Vnode directory(String path) {
    Result<FilePath> found = Namei.lookup(this, null, path, true);
    return found.isOk() && found.value().vnode().type() == FileType.DIR
        ? found.value().vnode()
        : null;
  }

  /**
   * The path of a program: as it stands if it has a slash, else the first along {@code searchPath}.
   */
  @Nullable String program(String name, String searchPath) {
    if (name.indexOf('/') >= 0) {
      return name;
    }
    for (String directory : searchPath.split(":", -1)) {
      String path = (directory.isEmpty() ? "." : directory) + "/" + name;
      Result<FilePath> found = Namei.lookup(this, null, path, true);
      if (found.isOk()
          && found.value().vnode().type() == FileType.REG
          && Permissions.check(found.value().vnode().stat(), credentials(), Permissions.EXECUTE)
              == 0) {
        return path;
      }
    }
    return null;
  }

  @Override
  public int pid() {
    return 0;
  }

  @Override
  public Credentials credentials() {
    return Credentials.ROOT;
  }

  @Override
  public FsContext context() {
    return context;
  }

  @Override
  public FdTable descriptors() {
    return descriptors;
  }

  @Override
  public int processGroup() {
    return 0;
  }

  @Override
  public int session() {
    return 0;
  }

  @Override
  public @Nullable CharDevice controllingTerminal() {
    return null;
  }

  @Override
  public void setControllingTerminal(@Nullable CharDevice terminal) {}

  @Override
  public boolean blocksOrIgnores(int signal) {
    return true;
  }

  @Override
  public boolean inOrphanedGroup() {
    return false;
  }
}
