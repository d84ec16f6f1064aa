// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names looked up last, and what they led to, nothing included; bounded. */
final class NameCache {
  /** Instead of an inode: there is no such name. */
  static final long ABSENT = 0;

  private record Name(long directory, String name) {}

  private final Map<Name, Long> names;

  NameCache(int limit) {
    names =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Name, Long> eldest) {
            return size() > limit;
          }
        };
  }

  /** The inode, {@link #ABSENT}, or null if it is not known. */
  @Nullable Long find(long directory, String name) {
    return names.get(new Name(directory, name));
  }

  void put(long directory, String name, long ino) {
    names.put(new Name(directory, name), ino);
  }

  /** A directory has ended: its number may come to mean another. */
  void forget(long directory) {
    names.keySet().removeIf(n -> n.directory == directory);
  }

  int size() {
    return names.size();
  }
}
