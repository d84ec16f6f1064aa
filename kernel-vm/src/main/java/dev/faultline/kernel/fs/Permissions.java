// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** Access checks by owner, group and mode bits. The superuser passes all but a missing x. */
public final class Permissions {
  /** May be executed, or searched. */
  public static final int EXECUTE = 1;

  /** May be written. */
  public static final int WRITE = 2;

  /** May be read. */
  public static final int READ = 4;

  private static final int STICKY = 0x200;

  private Permissions() {}

  /**
   * Judges an access.
   *
   * @param want any of {@link #READ}, {@link #WRITE}, {@link #EXECUTE}
   * @return 0 or -EACCES
   */
  public static int check(Stat stat, Credentials who, int want) {
    int mode = stat.mode();
    if (who.isSuperuser()) {
      boolean isDirectory = (mode & FileType.MASK) == FileType.DIR.modeBits();
      boolean refused = (want & EXECUTE) != 0 && !isDirectory && (mode & 0x49) == 0;
      return refused ? -Errno.EACCES : 0;
    }
    int bits = mode;
    if (who.uid() == stat.uid()) {
      bits = mode >> 6;
    } else if (who.inGroup(stat.gid())) {
      bits = mode >> 3;
    }
    return (want & ~bits & 7) == 0 ? 0 : -Errno.EACCES;
  }

  /** 0 if {@code who} owns the file or is the superuser, else -EPERM. */
  public static int checkOwner(Stat stat, Credentials who) {
    return who.isSuperuser() || who.uid() == stat.uid() ? 0 : -Errno.EPERM;
  }

  /**
   * Judges the removal or renaming of an entry: the directory must be writable, and a sticky one
   * lets only the owners of the file or of the directory through.
   */
  public static int checkDelete(Stat directory, Stat file, Credentials who) {
    int error = check(directory, who, WRITE | EXECUTE);
    if (error != 0) {
      return error;
    }
    boolean sticky = (directory.mode() & STICKY) != 0;
    boolean owner = who.isSuperuser() || who.uid() == file.uid() || who.uid() == directory.uid();
    return sticky && !owner ? -Errno.EPERM : 0;
  }
}
