// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/**
 * Path lookup: from a path to a vnode, or to the directory in which its last component would be.
 *
 * <p>Every directory passed must grant search to the caller. Mount points are crossed both ways;
 * ".." does not leave the caller's root. May sleep.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
public final class Namei {
  /** Symbolic links followed in one lookup. */
  public static final int MAX_LINKS = 40;

  /** Bytes in one name. */
  public static final int NAME_MAX = 255;

  /** Bytes in a path, its terminating zero included. */
  public static final int PATH_MAX = 4096;

  /** What the last component of a path is. */
  public enum Last {
    /** A name. */
    NAME,
    /** "." */
    DOT,
    /** ".." */
    DOT_DOT,
    /** There is none: the path is made of slashes. */
    ROOT
  }

  /**
   * Where a lookup ended.
   *
   * @param directory where the last component was looked for
   * @param name the last component
   * @param vnode what it names; null if nothing
   * @param slash true if slashes followed, so that only a directory will do
   * @param jumped the path behind a link that names its target directly, else null
   */
  public record Found(
      Vnode directory,
      String name,
      Last last,
      @Nullable Vnode vnode,
      boolean slash,
      @Nullable FilePath jumped) {
    /** The path of an existing file. */
    public FilePath path(Vnode file) {
      return jumped != null ? jumped : new FilePath(file, directory, name);
    }
  }

  private final Caller caller;
  private Vnode directory;
  private String rest;
  private int links;

  private Namei(Caller caller, Vnode start, String path) {
    this.caller = caller;
    directory = path.startsWith("/") ? caller.context().root() : start;
    rest = path;
  }

  /**
   * Looks up an existing file.
   *
   * @param at where a relative path starts; null for the working directory
   * @param follow whether a symbolic link as last component is followed; it always is if slashes
   *     are behind it
   * @return -ENOENT, -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -EIO
   */
  public static Result<FilePath> lookup(
      Caller caller, @Nullable Vnode at, String path, boolean follow) {
    Result<Found> found = find(caller, at, path, follow || path.endsWith("/"));
    if (!found.isOk()) {
      return Result.failure(found.error());
    }
    Vnode vnode = found.value().vnode();
    return vnode == null ? Result.failure(Errno.ENOENT) : Result.of(found.value().path(vnode));
  }

  /**
   * Looks up a path whose last component need not exist; as {@link #lookup}, but slashes behind a
   * link do not make it be followed: what is made, removed or moved is never behind a link.
   */
  public static Result<Found> find(Caller caller, @Nullable Vnode at, String path, boolean follow) {
    if (path.isEmpty()) {
      return Result.failure(Errno.ENOENT);
    }
    if (path.length() >= PATH_MAX) {
      return Result.failure(Errno.ENAMETOOLONG);
    }
    Vnode start = at == null ? caller.context().workingDirectory() : at;
    return new Namei(caller, start, path).walk(follow);
  }

  private Result<Found> walk(boolean follow) {
    while (true) {
      int from = skipSlashes(rest, 0);
      if (from == rest.length()) {
        return Result.of(new Found(directory, "/", Last.ROOT, directory, true, null));
      }
      int to = rest.indexOf('/', from);
      String name = to < 0 ? rest.substring(from) : rest.substring(from, to);
      String after = to < 0 ? "" : rest.substring(to);
      boolean slash = to >= 0;
      boolean isLast = skipSlashes(after, 0) == after.length();
      int error = checkSearch(name);
      if (error != 0) {
        return Result.failure(error);
      }
      Result<Vnode> step = step(name);
      if (!step.isOk()) {
        if (isLast && step.error() == -Errno.ENOENT) {
          return Result.of(new Found(directory, name, Last.NAME, null, slash, null));
        }
        return Result.failure(step.error());
      }
      Vnode next = step.value();
      FilePath jumped = null;
      if (next.type() == FileType.LNK && (!isLast || follow)) {
        if (++links > MAX_LINKS) {
          return Result.failure(Errno.ELOOP);
        }
        Result<FilePath> jump = next.jump(caller);
        if (jump == null) {
          error = expand(next, after);
          if (error != 0) {
            return Result.failure(error);
          }
          continue;
        }
        if (!jump.isOk()) {
          return Result.failure(jump.error());
        }
        jumped = jump.value();
        next = jumped.vnode();
      }
      if (isLast) {
        return slash && next.type() != FileType.DIR
            ? Result.failure(Errno.ENOTDIR)
            : Result.of(new Found(directory, name, kind(name), next, slash, jumped));
      }
      directory = next;
      rest = after;
    }
  }

  private int checkSearch(String name) {
    if (directory.type() != FileType.DIR) {
      return -Errno.ENOTDIR;
    }
    int error = Permissions.check(directory.stat(), caller.credentials(), Permissions.EXECUTE);
    if (error != 0) {
      return error;
    }
    return name.length() > NAME_MAX ? -Errno.ENAMETOOLONG : 0;
  }

  private Result<Vnode> step(String name) {
    if (name.equals(".")) {
      return Result.of(directory);
    }
    if (name.equals("..")) {
      return parent();
    }
    Result<Vnode> found = directory.lookup(name);
    return found.isOk() ? Result.of(mountedOn(found.value())) : found;
  }

  /** Puts a link's target in front of what is left of the path. */
  private int expand(Vnode link, String after) {
    Result<String> target = link.readLink(caller);
    if (!target.isOk()) {
      return target.error();
    }
    if (target.value().isEmpty()) {
      return -Errno.ENOENT;
    }
    rest = target.value() + after;
    if (rest.length() >= PATH_MAX) {
      return -Errno.ENAMETOOLONG;
    }
    if (rest.startsWith("/")) {
      directory = caller.context().root();
    }
    return 0;
  }

  private Result<Vnode> parent() {
    Vnode root = caller.context().root();
    Vnode at = directory;
    while (at != root && at == at.fileSystem().root()) {
      Vnode covered = at.fileSystem().covered();
      if (covered == null) {
        return Result.of(at);
      }
      at = covered;
    }
    if (at == root) {
      return Result.of(at);
    }
    Result<Vnode> above = at.lookup("..");
    return above.isOk() ? Result.of(mountedOn(above.value())) : above;
  }

  private static Vnode mountedOn(Vnode vnode) {
    Vnode at = vnode;
    for (FileSystem mounted = at.mountedHere(); mounted != null; mounted = at.mountedHere()) {
      at = mounted.root();
    }
    return at;
  }

  private static Last kind(String name) {
    return switch (name) {
      case "." -> Last.DOT;
      case ".." -> Last.DOT_DOT;
      default -> Last.NAME;
    };
  }

  private static int skipSlashes(String path, int from) {
    int at = from;
    while (at < path.length() && path.charAt(at) == '/') {
      at++;
    }
    return at;
  }
}
