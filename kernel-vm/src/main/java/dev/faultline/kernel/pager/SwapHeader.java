// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.mmu.Page;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first page of a swap disk, as Linux's {@code mkswap} writes it (version 1, pages of 4 KiB):
 * from byte 1024 the version, the number of the last page, the number of bad pages, 16 bytes of
 * identity and 16 of name, and from byte 1536 the bad pages; at the end of the page a signature.
 *
 * @param lastPage number of the last page that belongs to the swap space
 * @param badPages pages that must not be used
 */
public record SwapHeader(long lastPage, List<Integer> badPages) {
  private static final byte[] SIGNATURE = "SWAPSPACE2".getBytes(StandardCharsets.US_ASCII);
  private static final int SIGNATURE_AT = Page.SIZE - SIGNATURE.length;
  private static final int VERSION_AT = 1024;
  private static final int LAST_PAGE_AT = 1028;
  private static final int BAD_COUNT_AT = 1032;
  private static final int UUID_AT = 1036;
  private static final int UUID_SIZE = 16;
  private static final int BAD_PAGES_AT = 1536;
  private static final int MAX_BAD_PAGES = (SIGNATURE_AT - BAD_PAGES_AT) / 4;
  private static final int VERSION = 1;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /**
   * Reads a header.
   *
   * @param page the first page of a disk
   * @return null if it is none, or one that says what cannot be
   */
  public static @Nullable SwapHeader parse(byte[] page) {
    boolean signed = Arrays.equals(page, SIGNATURE_AT, Page.SIZE, SIGNATURE, 0, SIGNATURE.length);
    if (!signed || get(page, VERSION_AT) != VERSION) {
      return null;
    }
    long last = get(page, LAST_PAGE_AT) & 0xFFFF_FFFFL;
    int badCount = get(page, BAD_COUNT_AT);
    if (last == 0 || badCount < 0 || badCount > MAX_BAD_PAGES) {
      return null;
    }
    List<Integer> pages = new ArrayList<>();
    for (int i = 0; i < badCount; i++) {
      int bad = get(page, BAD_PAGES_AT + 4 * i);
      long number = bad & 0xFFFF_FFFFL;
      if (number == 0 || number > last) {
        return null;
      }
      pages.add(bad);
    }
    return new SwapHeader(last, List.copyOf(pages));
  }

  /**
   * Makes the first page of a disk of so many pages, none of them bad.
   *
   * @param pages at least 2
   * @param identity what tells this swap space from others; shown as its UUID
   */
  public static byte[] make(long pages, long identity) {
    byte[] page = new byte[Page.SIZE];
    put(page, VERSION_AT, VERSION);
    put(page, LAST_PAGE_AT, (int) Math.min(pages - 1, 0xFFFF_FFFFL));
    long word = identity;
    for (int i = 0; i < UUID_SIZE; i++) {
      word = word * 0x5851_F42D_4C95_7F2DL + 0x1405_7B7E_F767_814FL;
      page[UUID_AT + i] = (byte) (word >>> 56);
    }
    System.arraycopy(SIGNATURE, 0, page, SIGNATURE_AT, SIGNATURE.length);
    return page;
  }

  private static int get(byte[] page, int at) {
    return (int) INT.get(page, at);
  }

  private static void put(byte[] page, int at, int value) {
    INT.set(page, at, value);
  }
}
