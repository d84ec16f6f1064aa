// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static java.lang.invoke.MethodHandles.byteArrayViewVarHandle;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The machine's RAM: one {@code byte[]} from physical address 0, little-endian, any alignment.
 *
 * <p>An array behind {@link VarHandle}s measured within 15 % of raw memory access and is checked by
 * the JVM. Frames that hold decoded code are marked; every write made here to such a frame tells
 * the {@link CodeWriteListener}. The processor's TLB fast path writes to {@link #array()} directly
 * and keeps out of marked frames by having no write entry for them.
 *
 * <p>Not synchronized: one virtual CPU runs at a time (design: the kernel token).
 */
public final class PhysicalMemory {
  /** Smallest RAM, in bytes. */
  public static final int MIN_SIZE = 2 << 20;

  /** Largest RAM, in bytes: what one Java array holds, in whole MiB. */
  public static final int MAX_SIZE = 2047 << 20;

  /** 16-bit view of a RAM array: {@code (short) SHORT.get(byte[], int)}. */
  public static final VarHandle SHORT =
      byteArrayViewVarHandle(short[].class, LITTLE_ENDIAN).withInvokeExactBehavior();

  /** 32-bit view of a RAM array. */
  public static final VarHandle INT =
      byteArrayViewVarHandle(int[].class, LITTLE_ENDIAN).withInvokeExactBehavior();

  /** 64-bit view of a RAM array. */
  public static final VarHandle LONG =
      byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN).withInvokeExactBehavior();

  private final byte[] ram;
  private final boolean[] code;
  private @Nullable CodeWriteListener codeWriteListener;

  /**
   * RAM full of zeros.
   *
   * @param size bytes, a multiple of the page size, {@link #MIN_SIZE} to {@link #MAX_SIZE}
   * @throws IllegalArgumentException if it is not
   */
  public PhysicalMemory(int size) {
    if (size < MIN_SIZE || size > MAX_SIZE || (size & Page.OFFSET_MASK) != 0) {
      throw new IllegalArgumentException(
          "RAM of " + size + " bytes: want a multiple of 4096 from 2 MiB to 2047 MiB");
    }
    ram = new byte[size];
    code = new boolean[size >>> Page.SHIFT];
  }

  /** Size in bytes. */
  public int size() {
    return ram.length;
  }

  /** Number of frames. */
  public int frames() {
    return code.length;
  }

  /** The RAM itself; index is physical address. Writers that use it answer for code frames. */
  public byte[] array() {
    return ram;
  }

  /** True if {@code address} (unsigned) is RAM. */
  public boolean contains(int address) {
    return Integer.compareUnsigned(address, ram.length) < 0;
  }

  // ---- words -------------------------------------------------------------------------------

  /** Reads one byte, zero-extended. */
  public int read8(int address) {
    return ram[address] & 0xFF;
  }

  /** Reads two bytes, zero-extended. */
  public int read16(int address) {
    return (short) SHORT.get(ram, address) & 0xFFFF;
  }

  /** Reads four bytes. */
  public int read32(int address) {
    return (int) INT.get(ram, address);
  }

  /** Reads eight bytes. */
  public long read64(int address) {
    return (long) LONG.get(ram, address);
  }

  /** Writes the low byte of {@code value}. */
  public void write8(int address, int value) {
    ram[address] = (byte) value;
    written(address, 1);
  }

  /** Writes the low two bytes of {@code value}. */
  public void write16(int address, int value) {
    SHORT.set(ram, address, (short) value);
    written(address, 2);
  }

  /** Writes four bytes. */
  public void write32(int address, int value) {
    INT.set(ram, address, value);
    written(address, 4);
  }

  /** Writes eight bytes. */
  public void write64(int address, long value) {
    LONG.set(ram, address, value);
    written(address, 8);
  }

  // ---- frames and blocks -------------------------------------------------------------------

  /** Fills a whole frame with {@code value}. */
  public void fillFrame(int frame, int value) {
    int from = frame << Page.SHIFT;
    Arrays.fill(ram, from, from + Page.SIZE, (byte) value);
    written(from, Page.SIZE);
  }

  /** Copies a whole frame to another. */
  public void copyFrame(int from, int to) {
    System.arraycopy(ram, from << Page.SHIFT, ram, to << Page.SHIFT, Page.SIZE);
    written(to << Page.SHIFT, Page.SIZE);
  }

  /** Fills {@code size} bytes from {@code address} with {@code value}. */
  public void fill(int address, int size, int value) {
    Arrays.fill(ram, address, address + size, (byte) value);
    written(address, size);
  }

  /** Copies bytes out of RAM. */
  public void get(int address, byte[] to, int offset, int size) {
    System.arraycopy(ram, address, to, offset, size);
  }

  /** Copies bytes into RAM. */
  public void put(int address, byte[] from, int offset, int size) {
    System.arraycopy(from, offset, ram, address, size);
    written(address, size);
  }

  // ---- code frames -------------------------------------------------------------------------

  /** Names who is told of writes into code frames; at most one. */
  public void setCodeWriteListener(CodeWriteListener listener) {
    codeWriteListener = listener;
  }

  /** True if the frame is marked as holding code. */
  public boolean isCode(int frame) {
    return code[frame];
  }

  /**
   * Marks a frame as holding code, or not. Who marks it must also drop the write entries of every
   * TLB for it ({@link Tlb#dropWrites}); who takes the mark away should: the entries stay correct,
   * but slow.
   */
  public void markCode(int frame, boolean holdsCode) {
    code[frame] = holdsCode;
  }

  private void written(int address, int size) {
    int last = address + size - 1 >>> Page.SHIFT;
    for (int frame = address >>> Page.SHIFT; frame <= last && size > 0; frame++) {
      if (code[frame] && codeWriteListener != null) {
        int from = Math.max(address, frame << Page.SHIFT);
        int to = Math.min(address + size, (frame << Page.SHIFT) + Page.SIZE);
        codeWriteListener.codeWritten(from, to - from);
      }
    }
  }
}
