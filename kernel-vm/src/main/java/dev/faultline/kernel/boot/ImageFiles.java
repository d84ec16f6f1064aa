// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileAttributes;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.fs.Vnode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * What is done to the files of an image, by the kernel's own file system code. Paths are absolute,
 * a character per byte; whatever fails is a {@link UsageError} that says what and why.
 *
 * <p>For a kernel thread of the machine that has the image mounted.
 */
final class ImageFiles {
  private static final int CHUNK = 1 << 16;
  private static final int DIRECTORY_MODE = 0x1ED;

  private final Caller caller;

  ImageFiles(Caller caller) {
    this.caller = caller;
  }

  /** What a file shall have besides its contents. */
  record Attributes(int mode, int uid, int gid, long modified) {}

  // ---- looking ---------------------------------------------------------------------------------

  /** A file's attributes; of a link itself. */
  Stat stat(String path) {
    return value(Vfs.stat(caller, null, path, false), path);
  }

  boolean exists(String path) {
    return Vfs.stat(caller, null, path, false).isOk();
  }

  FileType type(String path) {
    return vnode(path).type();
  }

  /** Where a link leads. */
  String linkTarget(String path) {
    return value(Vfs.readLink(caller, null, path), path);
  }

  /** Names in a directory, "." and ".." left out, sorted. */
  List<String> names(String path) {
    OpenFile directory = value(Vfs.open(caller, null, path, OpenFlags.DIRECTORY, 0), path);
    List<String> names = new ArrayList<>();
    int error =
        directory.readDirectory(
            (name, ino, type, next) -> {
              if (!name.equals(".") && !name.equals("..")) {
                names.add(name);
              }
              return true;
            });
    directory.release();
    check(error, path);
    names.sort(null);
    return names;
  }

  /** Copies a file's contents out. */
  void read(String path, OutputStream to) throws IOException {
    OpenFile file = value(Vfs.open(caller, null, path, OpenFlags.RDONLY, 0), path);
    byte[] buffer = new byte[CHUNK];
    try {
      int n = file.read(caller, new KernelUio(buffer));
      while (n > 0) {
        to.write(buffer, 0, n);
        n = file.read(caller, new KernelUio(buffer));
      }
      check(n, path);
    } finally {
      file.release();
    }
  }

  // ---- changing --------------------------------------------------------------------------------

  /** Makes or replaces a regular file. */
  void write(String path, InputStream from, Attributes attributes) throws IOException {
    int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.TRUNC;
    OpenFile file = value(Vfs.open(caller, null, path, flags, 0x180), path);
    try {
      byte[] buffer = new byte[CHUNK];
      for (int n = from.readNBytes(buffer, 0, CHUNK); n > 0; ) {
        int done = 0;
        while (done < n) {
          int written = file.write(caller, new KernelUio(buffer, done, n - done));
          check(written, path);
          done += written;
        }
        n = from.readNBytes(buffer, 0, CHUNK);
      }
    } finally {
      file.release();
    }
    set(path, attributes);
  }

  /** Makes a directory, which may be there already. */
  void makeDirectory(String path, Attributes attributes) {
    if (!(exists(path) && type(path) == FileType.DIR)) {
      check(Vfs.mkdir(caller, null, path, DIRECTORY_MODE), path);
    }
    set(path, attributes);
  }

  /** Makes the directories above a path that are not there. */
  void makeParents(String path, Attributes attributes) {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String above = path.substring(0, slash);
      if (!exists(above)) {
        makeDirectory(above, attributes);
      }
    }
  }

  /** Makes a symbolic link. */
  void link(String path, String target, Attributes attributes) {
    check(Vfs.symlink(caller, target, null, path), path);
    Vnode vnode = vnode(path);
    check(FileAttributes.chown(caller, vnode, attributes.uid, attributes.gid), path);
    check(
        FileAttributes.setTimes(caller, vnode, attributes.modified, attributes.modified, false),
        path);
  }

  /** Gives a file one more name. */
  void hardLink(String path, String existing) {
    check(Vfs.link(caller, null, existing, null, path, false), path);
  }

  /** Makes a device file or a FIFO; the type is in the attributes' mode. */
  void makeNode(String path, Attributes attributes, long device) {
    check(Vfs.mknod(caller, null, path, attributes.mode, device), path);
    set(path, attributes);
  }

  /** Removes a file, or an empty directory. */
  void remove(String path) {
    check(
        type(path) == FileType.DIR ? Vfs.rmdir(caller, null, path) : Vfs.unlink(caller, null, path),
        path);
  }

  /** Removes a directory with all that is in it, or a file. */
  void removeTree(String path) {
    if (type(path) == FileType.DIR) {
      for (String name : names(path)) {
        removeTree(path.equals("/") ? "/" + name : path + "/" + name);
      }
    }
    remove(path);
  }

  private void set(String path, Attributes attributes) {
    Vnode vnode = vnode(path);
    check(FileAttributes.chown(caller, vnode, attributes.uid, attributes.gid), path);
    check(FileAttributes.chmod(caller, vnode, attributes.mode & 0xFFF), path);
    check(
        FileAttributes.setTimes(caller, vnode, attributes.modified, attributes.modified, false),
        path);
  }

  private Vnode vnode(String path) {
    return value(Namei.lookup(caller, null, path, false), path).vnode();
  }

  // ---- errors ----------------------------------------------------------------------------------

  private static <T> T value(Result<T> result, String path) {
    check(result.error(), path);
    return result.value();
  }

  private static void check(int error, String path) {
    if (error < 0) {
      throw new UsageError(HostBytes.toHost(path) + " in the image: " + describe(-error));
    }
  }

  private static String describe(int errno) {
    return switch (errno) {
      case Errno.ENOENT -> "there is no such file";
      case Errno.EEXIST -> "it exists already";
      case Errno.ENOTDIR -> "it, or a part of its path, is no directory";
      case Errno.EISDIR -> "it is a directory";
      case Errno.ENOTEMPTY -> "the directory is not empty; rm -r removes it";
      case Errno.ENOSPC -> "no space is left in the image";
      case Errno.EROFS -> "the image can only be read";
      case Errno.EIO -> "the image is damaged or cannot be read; see image check";
      case Errno.ENAMETOOLONG -> "a name has at most 255 bytes";
      case Errno.ELOOP -> "its path has too many symbolic links";
      case Errno.EFBIG -> "it is too large for this file system";
      case Errno.EINVAL -> "that cannot be done to it";
      default -> "error " + errno;
    };
  }
}
