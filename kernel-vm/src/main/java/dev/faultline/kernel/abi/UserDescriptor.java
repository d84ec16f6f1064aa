// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.cpu.SegmentDescriptor;

/** The {@code struct user_desc} by which a program describes a segment. */
final class UserDescriptor {
  static final int SIZE = 16;

  private static final int SEG_32BIT = 1;
  private static final int CONTENTS = 6;
  private static final int READ_EXEC_ONLY = 8;
  private static final int LIMIT_IN_PAGES = 16;
  private static final int NOT_PRESENT = 32;
  private static final int USER_RING = 3;
  private static final long READABLE_DATA_ONLY = 1L << 41;
  private static final long PRESENT = 1L << 47;

  private UserDescriptor() {}

  /** True if it asks for what may be had: a 32-bit data segment, or none. */
  static boolean isValid(UserStruct u) {
    int flags = u.get32(12);
    boolean data = (flags & SEG_32BIT) != 0 && (flags & CONTENTS) < 4;
    return isEmpty(u) || data;
  }

  /** True if it clears a slot. */
  static boolean isEmpty(UserStruct u) {
    int flags = u.get32(12) & 0x3F;
    boolean empty = (flags & (READ_EXEC_ONLY | NOT_PRESENT)) == (READ_EXEC_ONLY | NOT_PRESENT);
    return u.get32(4) == 0 && u.get32(8) == 0 && (empty || flags == 0);
  }

  /** The processor's descriptor for it; 0 for an empty slot. */
  static long descriptor(UserStruct u) {
    if (isEmpty(u)) {
      return 0;
    }
    int flags = u.get32(12);
    int limit = u.get32(8) & 0xF_FFFF;
    int bytes = (flags & LIMIT_IN_PAGES) != 0 ? limit << 12 | 0xFFF : limit;
    long descriptor = SegmentDescriptor.data(u.get32(4), bytes, USER_RING);
    if ((flags & READ_EXEC_ONLY) != 0) {
      descriptor &= ~READABLE_DATA_ONLY;
    }
    if ((flags & NOT_PRESENT) != 0) {
      descriptor &= ~PRESENT;
    }
    return descriptor;
  }

  /** Describes what a slot holds. */
  static void describe(UserStruct u, long descriptor) {
    if (descriptor == 0) {
      u.put32(4, 0).put32(8, 0).put32(12, READ_EXEC_ONLY | NOT_PRESENT);
      return;
    }
    int limit = SegmentDescriptor.limit(descriptor);
    boolean pages = (limit & 0xFFF) == 0xFFF && (limit >>> 20) != 0;
    u.put32(4, SegmentDescriptor.base(descriptor)).put32(8, pages ? limit >>> 12 : limit);
    int flags = SEG_32BIT | 1 << 6 | (pages ? LIMIT_IN_PAGES : 0);
    flags |= (descriptor & READABLE_DATA_ONLY) == 0 ? READ_EXEC_ONLY : 0;
    flags |= (descriptor & PRESENT) == 0 ? NOT_PRESENT : 0;
    u.put32(12, flags);
  }
}
