// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

/** Bits of a bitmap block: bit n is bit n % 8 of byte n / 8; set means used. */
final class Bitmap {
  private Bitmap() {}

  static boolean test(Buffer b, int bit) {
    return (b.get8(bit >>> 3) & 1 << (bit & 7)) != 0;
  }

  static void set(Buffer b, int bit) {
    b.put8(bit >>> 3, b.get8(bit >>> 3) | 1 << (bit & 7));
  }

  static void clear(Buffer b, int bit) {
    b.put8(bit >>> 3, b.get8(bit >>> 3) & ~(1 << (bit & 7)));
  }

  /** The first clear bit from {@code from} to before {@code end}; -1 if there is none. */
  static int nextClear(Buffer b, int from, int end) {
    int bit = from;
    while (bit < end) {
      if ((bit & 31) == 0 && end - bit >= 32 && b.get32(bit >>> 3) == -1) {
        bit += 32;
      } else if (!test(b, bit)) {
        return bit;
      } else {
        bit++;
      }
    }
    return -1;
  }

  /** The first of eight clear bits that fill a byte; -1 if there is none in the range. */
  static int nextClearByte(Buffer b, int from, int end) {
    for (int at = from + 7 >>> 3; at < end >>> 3; at++) {
      if (b.get8(at) == 0) {
        return at << 3;
      }
    }
    return -1;
  }
}
