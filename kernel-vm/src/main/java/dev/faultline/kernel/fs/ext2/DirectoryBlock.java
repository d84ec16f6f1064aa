// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.io.BlockDevice;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one block of a directory: a chain of records that fills it.
 *
 * <p>A disk writes whole sectors, not whole blocks. So that an entry comes and goes in one of them,
 * new entries never cross a sector's end, and room that does is cut up first, in two steps of which
 * the first shows nowhere.
 */
final class DirectoryBlock {
  /** Offsets in an entry. */
  static final int INODE = 0;

  static final int LENGTH = 4;
  static final int NAME_LENGTH = 6;
  static final int TYPE = 7;
  static final int NAME = 8;

  /** An entry is no shorter than one with a name of one byte, even if it is empty. */
  static final int SHORTEST = 12;

  /** Instead of an offset. */
  static final int NONE = -1;

  static final int DAMAGED = -2;

  private static final int SECTOR = BlockDevice.SECTOR;

  private DirectoryBlock() {}

  /** Bytes that an entry with a name of this length needs. */
  static int needed(int nameLength) {
    return NAME + nameLength + 3 & ~3;
  }

  static int length(Buffer b, int at) {
    return b.get16(at + LENGTH);
  }

  static long inode(Buffer b, int at) {
    return b.getUnsigned32(at + INODE);
  }

  static String name(Buffer b, int at) {
    int n = b.get8(at + NAME_LENGTH);
    StringBuilder name = new StringBuilder(n);
    for (int i = 0; i < n; i++) {
      name.append((char) b.get8(at + NAME + i));
    }
    return name.toString();
  }

  /** True if an entry makes sense where it is. */
  static boolean sound(Buffer b, int at, long inodes) {
    if (b.size() - at < NAME) {
      return false;
    }
    int length = length(b, at);
    boolean fits = length >= NAME && length % 4 == 0 && length <= b.size() - at;
    long ino = inode(b, at);
    return fits
        && (ino == 0
            || (ino <= inodes
                && b.get8(at + NAME_LENGTH) > 0
                && needed(b.get8(at + NAME_LENGTH)) <= length));
  }

  /** The entry of a name; {@link #NONE}, {@link #DAMAGED}. */
  static int find(Buffer b, String name, long inodes) {
    for (int at = 0; at < b.size(); at += length(b, at)) {
      if (!sound(b, at, inodes)) {
        return DAMAGED;
      }
      if (inode(b, at) != 0 && isNamed(b, at, name)) {
        return at;
      }
    }
    return NONE;
  }

  private static boolean isNamed(Buffer b, int at, String name) {
    int n = name.length();
    if (b.get8(at + NAME_LENGTH) != n) {
      return false;
    }
    for (int i = 0; i < n; i++) {
      if (b.get8(at + NAME + i) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  // ---- putting in ------------------------------------------------------------------------------

  private static int used(Buffer b, int at) {
    return inode(b, at) == 0 ? 0 : needed(b.get8(at + NAME_LENGTH));
  }

  private static boolean inOneSector(int at, int bytes) {
    return at / SECTOR == (at + bytes - 1) / SECTOR;
  }

  /** An entry that has room for a name behind it or in it; {@link #NONE}, {@link #DAMAGED}. */
  static int room(Buffer b, int nameLength, long inodes) {
    int needed = needed(nameLength);
    for (int at = 0; at < b.size(); at += length(b, at)) {
      if (!sound(b, at, inodes)) {
        return DAMAGED;
      }
      int used = used(b, at);
      boolean together = inOneSector(at + used, needed);
      boolean near = used == 0 || (at + LENGTH) / SECTOR == (at + used) / SECTOR;
      if (length(b, at) - used >= needed && together && near) {
        return at;
      }
    }
    return NONE;
  }

  /** Puts an entry into the room that {@link #room} found; its offset. */
  static int insert(Buffer b, int room, String name, long ino, @Nullable FileType type) {
    int used = used(b, room);
    int at = room + used;
    int length = length(b, room) - used;
    b.put16(at + LENGTH, length);
    b.put8(at + NAME_LENGTH, name.length());
    for (int i = 0; i < name.length(); i++) {
      b.put8(at + NAME + i, name.charAt(i));
    }
    point(b, at, ino, type);
    if (used > 0) {
      b.put16(room + LENGTH, used);
    }
    return at;
  }

  /** Makes an entry name another inode; a null type is left out. */
  static void point(Buffer b, int at, long ino, @Nullable FileType type) {
    b.put32(at + INODE, (int) ino);
    b.put8(at + TYPE, type == null ? 0 : typeCode(type));
  }

  /** True if an entry's name can be replaced by another where it is, in one sector. */
  static boolean canRename(Buffer b, int at, int nameLength) {
    int needed = needed(nameLength);
    return needed <= length(b, at) && inOneSector(at, needed);
  }

  /** Replaces an entry's name. */
  static void rename(Buffer b, int at, String name) {
    b.put8(at + NAME_LENGTH, name.length());
    for (int i = 0; i < name.length(); i++) {
      b.put8(at + NAME + i, name.charAt(i));
    }
  }

  // ---- taking out ------------------------------------------------------------------------------

  /** Takes an entry out; its room goes to its neighbours in the same sector. */
  static void remove(Buffer b, int at) {
    b.put32(at + INODE, 0);
    int end = at + length(b, at);
    if (end < b.size() && inode(b, end) == 0 && inOneSector(at, end + length(b, end) - at)) {
      b.put16(at + LENGTH, end + length(b, end) - at);
    }
    int before = NONE;
    for (int i = 0; i < at; i += length(b, i)) {
      before = i;
    }
    if (before >= 0) {
      int together = at + length(b, at) - before;
      if (inOneSector(before, together)) {
        b.put16(before + LENGTH, together);
      }
    }
  }

  // ---- cutting up ------------------------------------------------------------------------------

  /** An entry whose room reaches into further sectors; {@link #NONE}. The block is sound. */
  static int wide(Buffer b) {
    for (int at = 0; at < b.size(); at += length(b, at)) {
      int end = at + length(b, at);
      if (end - firstCut(b, at) >= SHORTEST) {
        return at;
      }
    }
    return NONE;
  }

  /** Where the first sector begins in an entry's room. */
  private static int firstCut(Buffer b, int at) {
    int from = at + Math.max(used(b, at), SHORTEST);
    return (from + SECTOR - 1) / SECTOR * SECTOR;
  }

  /**
   * Step one: puts empty entries, one for each sector, into the room of an entry. What is too short
   * for one at the end belongs to the last.
   */
  static void cut(Buffer b, int at) {
    int end = at + length(b, at);
    int i = firstCut(b, at);
    while (i < end) {
      int length = end - i < SECTOR + SHORTEST ? end - i : SECTOR;
      b.put32(i + INODE, 0);
      b.put16(i + LENGTH, length);
      b.put16(i + NAME_LENGTH, 0);
      i += length;
    }
  }

  /**
   * Step two: ends the entry where the empty ones begin. An empty one may still say how long the
   * name was that it had, which must not be longer than the entry: the two lie in one word.
   */
  static void shorten(Buffer b, int at) {
    b.put16(at + LENGTH, firstCut(b, at) - at);
    if (inode(b, at) == 0) {
      b.put8(at + NAME_LENGTH, 0);
    }
  }

  // ---- whole blocks ----------------------------------------------------------------------------

  /** Fills a block with empty entries, one for each sector. */
  static void format(Buffer b) {
    for (int at = 0; at < b.size(); at += SECTOR) {
      b.put16(at + LENGTH, SECTOR);
    }
  }

  /** The first block of a new directory. */
  static void formatFirst(Buffer b, long self, long parent, boolean typed) {
    format(b);
    @Nullable FileType type = typed ? FileType.DIR : null;
    int dot = insert(b, 0, ".", self, type);
    insert(b, dot, "..", parent, type);
  }

  // ---- types -----------------------------------------------------------------------------------

  static int typeCode(FileType type) {
    return switch (type) {
      case REG -> 1;
      case DIR -> 2;
      case CHR -> 3;
      case BLK -> 4;
      case FIFO -> 5;
      case SOCK -> 6;
      case LNK -> 7;
    };
  }

  /** The type that an entry tells; null if it tells none. */
  static @Nullable FileType type(Buffer b, int at) {
    return typeOfCode(b.get8(at + TYPE));
  }

  /** The type behind a code; null for 0 and for what is none. */
  static @Nullable FileType typeOfCode(int code) {
    return switch (code) {
      case 1 -> FileType.REG;
      case 2 -> FileType.DIR;
      case 3 -> FileType.CHR;
      case 4 -> FileType.BLK;
      case 5 -> FileType.FIFO;
      case 6 -> FileType.SOCK;
      case 7 -> FileType.LNK;
      default -> null;
    };
  }
}
