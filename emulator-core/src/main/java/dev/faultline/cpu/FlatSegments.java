// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * The descriptor table of a flat 32-bit system as i386 Linux programs know it: user code and data
 * of 4 GiB, three slots for thread-local storage, and a pair of flat segments at CPL 0. One per
 * guest thread, since each has its own slots.
 */
public final class FlatSegments implements SegmentTable {
  /** Selector of flat code at CPL 0. */
  public static final int KERNEL_CODE = 0x10;

  /** Selector of flat data at CPL 0. */
  public static final int KERNEL_DATA = 0x18;

  /** Selector of flat code at CPL 3. */
  public static final int USER_CODE = 0x23;

  /** Selector of flat data at CPL 3. */
  public static final int USER_DATA = 0x2B;

  /** Index in the table of the first slot for thread-local storage; its selector is 0x33. */
  public static final int FIRST_TLS_INDEX = 6;

  /** Number of slots for thread-local storage: selectors 0x33, 0x3B and 0x43. */
  public static final int TLS_SLOTS = 3;

  private static final int LIMIT_4G = -1;

  private final long[] descriptors = new long[FIRST_TLS_INDEX + TLS_SLOTS];

  /** A table with empty slots. */
  public FlatSegments() {
    descriptors[KERNEL_CODE >>> 3] = SegmentDescriptor.code(0, LIMIT_4G, 0);
    descriptors[KERNEL_DATA >>> 3] = SegmentDescriptor.data(0, LIMIT_4G, 0);
    descriptors[USER_CODE >>> 3] = SegmentDescriptor.code(0, LIMIT_4G, 3);
    descriptors[USER_DATA >>> 3] = SegmentDescriptor.data(0, LIMIT_4G, 3);
  }

  /** A table with the same descriptors: fork. */
  public FlatSegments(FlatSegments other) {
    System.arraycopy(other.descriptors, 0, descriptors, 0, descriptors.length);
  }

  /**
   * Sets a slot for thread-local storage. A segment register that holds its selector keeps the old
   * descriptor until it is loaded again.
   *
   * @param slot 0 to 2
   * @param descriptor see {@link SegmentDescriptor}; 0 empties the slot
   */
  public void setTls(int slot, long descriptor) {
    descriptors[FIRST_TLS_INDEX + slot] = descriptor;
  }

  /** The descriptor in a slot for thread-local storage, 0 if empty. */
  public long tls(int slot) {
    return descriptors[FIRST_TLS_INDEX + slot];
  }

  @Override
  public long descriptor(int selector) {
    boolean local = (selector & 4) != 0;
    int index = selector >>> 3;
    return local || index >= descriptors.length ? 0 : descriptors[index];
  }

  /** User programs may use #BP, #OF and system calls. */
  @Override
  public int gateDpl(int vector) {
    return vector == 3 || vector == 4 || vector == 0x80 ? 3 : 0;
  }
}
