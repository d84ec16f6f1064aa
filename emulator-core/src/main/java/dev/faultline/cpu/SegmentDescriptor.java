// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * The format of a segment descriptor: eight bytes in a {@code long} (SDM volume 3, section 3.4.5).
 */
public final class SegmentDescriptor {
  /** Attribute bit (high word): the segment has been accessed. */
  static final int ACCESSED = 1 << 8;

  /** Attribute bit: data may be written, or code may be read. */
  static final int WRITABLE_OR_READABLE = 1 << 9;

  /** Attribute bit: data grows down, or code is conforming. */
  static final int EXPAND_DOWN_OR_CONFORMING = 1 << 10;

  /** Attribute bit: a code segment. */
  static final int CODE = 1 << 11;

  /** Attribute bit (S): code or data, not a system descriptor. */
  static final int NOT_SYSTEM = 1 << 12;

  /** Attribute bit (P): present. */
  static final int PRESENT = 1 << 15;

  /** Attribute bit (D/B): 32-bit. */
  static final int DEFAULT_32 = 1 << 22;

  /** Attribute bit (G): the limit counts pages. */
  static final int GRANULARITY = 1 << 23;

  private static final int DPL_SHIFT = 13;

  private SegmentDescriptor() {}

  /**
   * A 32-bit writable data segment.
   *
   * @param base linear address of its first byte
   * @param limit the last valid offset; above 1 MiB its low twelve bits are taken as ones
   * @param dpl privilege level, 0 to 3
   */
  public static long data(int base, int limit, int dpl) {
    return encode(base, limit, dpl, WRITABLE_OR_READABLE | ACCESSED);
  }

  /**
   * A 32-bit readable code segment.
   *
   * @param base linear address of its first byte
   * @param limit the last valid offset; above 1 MiB its low twelve bits are taken as ones
   * @param dpl privilege level, 0 to 3
   */
  public static long code(int base, int limit, int dpl) {
    return encode(base, limit, dpl, CODE | WRITABLE_OR_READABLE | ACCESSED);
  }

  private static long encode(int base, int limit, int dpl, int type) {
    boolean pages = Integer.compareUnsigned(limit, 0xFFFFF) > 0;
    int count = pages ? limit >>> 12 : limit;
    int high =
        base & 0xFF00_0000
            | base >>> 16 & 0xFF
            | count & 0xF_0000
            | (pages ? GRANULARITY : 0)
            | DEFAULT_32
            | PRESENT
            | NOT_SYSTEM
            | dpl << DPL_SHIFT
            | type;
    int low = base << 16 | count & 0xFFFF;
    return (long) high << 32 | low & 0xFFFF_FFFFL;
  }

  /** The linear address of the first byte. */
  public static int base(long descriptor) {
    int high = (int) (descriptor >>> 32);
    return high & 0xFF00_0000 | (high & 0xFF) << 16 | (int) descriptor >>> 16;
  }

  /** The last valid offset, in bytes (for an expand-down segment the last invalid one). */
  public static int limit(long descriptor) {
    int high = (int) (descriptor >>> 32);
    int count = high & 0xF_0000 | (int) descriptor & 0xFFFF;
    return (high & GRANULARITY) != 0 ? count << 12 | 0xFFF : count;
  }

  /** The descriptor's privilege level, 0 to 3. */
  public static int dpl(long descriptor) {
    return dplOf(attributes(descriptor));
  }

  /** The bits of the high word that are neither base nor limit. */
  static int attributes(long descriptor) {
    return (int) (descriptor >>> 32) & 0xF0_FF00;
  }

  static int dplOf(int attributes) {
    return attributes >>> DPL_SHIFT & 3;
  }
}
