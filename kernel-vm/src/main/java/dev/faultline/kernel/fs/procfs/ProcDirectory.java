// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.DirectorySink;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory below /proc. What it holds is a fixed list of entries, and perhaps numbered ones that
 * come and go; their positions follow from their numbers, so that a listing never skips.
 */
class ProcDirectory extends ProcVnode {
  private static final long FIRST_FIXED = 2;
  private static final long FIRST_NUMBERED = 1000;

  private record Entry(String name, Vnode vnode) {}

  private final @Nullable Vnode parent;
  private final List<Entry> entries = new ArrayList<>();

  /** An empty directory; a null parent makes it the root. */
  ProcDirectory(ProcFs fs, @Nullable Vnode parent, long ino, int rights, Credentials owner) {
    super(fs, FileType.DIR, ino, rights, owner);
    this.parent = parent;
  }

  /** Adds a fixed entry. */
  final void add(String name, Vnode vnode) {
    entries.add(new Entry(name, vnode));
  }

  /** The numbers of the entries that come and go, ascending. */
  List<Integer> numbers() {
    return List.of();
  }

  /** The entry of a number; null if it is not there. */
  @Nullable Vnode numbered(int number) {
    return null;
  }

  @Override
  public final Result<Vnode> lookup(String name) {
    if (name.equals(".")) {
      return Result.of(this);
    }
    if (name.equals("..")) {
      return Result.of(parent == null ? this : parent);
    }
    for (Entry entry : entries) {
      if (entry.name.equals(name)) {
        return Result.of(entry.vnode);
      }
    }
    int number = parse(name);
    Vnode found = number < 0 ? null : numbered(number);
    return found == null ? Result.failure(Errno.ENOENT) : Result.of(found);
  }

  /** The number that a name is the usual way of writing, or -1. */
  private static int parse(String name) {
    if (name.isEmpty() || name.length() > 9 || (name.charAt(0) == '0' && name.length() > 1)) {
      return -1;
    }
    int number = 0;
    for (int i = 0; i < name.length(); i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  @Override
  public final int readDirectory(long cookie, DirectorySink sink) {
    long above = parent == null ? ino() : parent.ino();
    if (cookie <= 0 && !sink.entry(".", ino(), FileType.DIR, 1)) {
      return 0;
    }
    if (cookie <= 1 && !sink.entry("..", above, FileType.DIR, 2)) {
      return 0;
    }
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      long next = FIRST_FIXED + i + 1;
      if (next > cookie && !sink.entry(entry.name, entry.vnode.ino(), entry.vnode.type(), next)) {
        return 0;
      }
    }
    for (int number : numbers()) {
      long next = FIRST_NUMBERED + number;
      Vnode vnode = next > cookie ? numbered(number) : null;
      if (vnode != null && !sink.entry(Integer.toString(number), vnode.ino(), vnode.type(), next)) {
        return 0;
      }
    }
    return 0;
  }
}
